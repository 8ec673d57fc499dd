import type { FiguresAnswer, Health } from '../contract/answers.ts';
import { make, part } from './dom.ts';
import { drawFigures } from './figures.ts';
import { board, service } from './session.ts';

/** Looks that pass before the figures can have changed: there is one every five seconds. */
let looksToWait = 0;
const looksIn = (seconds: number): number => Math.max(0, Math.round(seconds / 10) - 1);

export const showOperations = async (): Promise<void> => {
  await Promise.all([showHealth(), showFigures()]);
};

const showHealth = async (): Promise<void> => {
  const found = await service.health().catch((error: Error) => error);
  part('health').replaceChildren(healthCard(found));
};

const showFigures = async (): Promise<void> => {
  if (looksToWait-- > 0) return;
  const found = await service.figures().catch((error: Error) => error);
  looksToWait = found instanceof Error ? 0 : looksIn(found.stepSeconds);
  part('figures').replaceChildren(...figureParts(found));
};

const figureParts = (found: FiguresAnswer | Error): readonly HTMLElement[] => [
  ...(found instanceof Error
    ? [make('p', { className: 'hint', textContent: `The figures cannot be shown. ${found.message}` })]
    : drawFigures(found)),
  ...(board === undefined ? [] : [boardHint(board)]),
];

const boardHint = (href: string): HTMLElement =>
  make(
    'p',
    { className: 'hint', textContent: 'The board in CloudWatch has more of them. ' },
    make('a', { href, target: '_blank', rel: 'noopener', textContent: 'Open it' }),
  );

const healthWords = {
  ok: 'All is well',
  degraded: 'Pictures are taken, but something needs attention',
  unavailable: 'Uploads are refused',
} as const;

const healthCard = (health: Health | Error): HTMLElement => {
  if (health instanceof Error)
    return make(
      'article',
      { className: 'card health unavailable' },
      make('h3', { textContent: 'Health' }),
      make('p', { className: 'figure', textContent: health.message }),
    );
  const checks = health.checks.map(({ name, ok, detail }) =>
    make(
      'li',
      { className: ok ? 'ok' : 'not' },
      make('b', { textContent: `${name}${ok ? '' : ': not ok'}` }),
      ...(detail ? [make('span', { textContent: detail })] : []),
    ),
  );
  return make(
    'article',
    { className: `card health ${health.status}` },
    make('h3', { textContent: `Health of version ${health.version}` }),
    make('p', { className: 'figure', textContent: healthWords[health.status] }),
    make('ul', {}, ...checks),
  );
};
