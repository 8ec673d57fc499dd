import type { Health } from '../contract/answers.ts';
import { make, part } from './dom.ts';
import { figures, type Scrape } from './figures.ts';
import { metricSum, parseMetrics } from './prometheus.ts';
import { board, readMetrics, service } from './session.ts';

/** Twenty minutes of looks, one every five seconds. */
const maxLooks = 240;
const looks: Scrape[] = [];

export const showOperations = async (): Promise<void> => {
  const [health, metrics] = await Promise.all([
    service.health().catch((error: Error) => error),
    readMetrics().catch((error: Error) => ({ trouble: error.message, text: undefined })),
  ]);
  part('health').replaceChildren(healthCard(health));
  if (metrics.text === undefined) {
    const hint = make('p', { className: 'hint', textContent: metrics.trouble ?? '' });
    if (board !== undefined)
      hint.append(' ', make('a', { href: board, target: '_blank', rel: 'noopener', textContent: 'Open it' }));
    part('figures').replaceChildren(hint);
    return;
  }
  const samples = parseMetrics(metrics.text);
  const last = looks.at(-1);
  // Counters begin again with the service: a rate over a restart would be below nothing.
  if (last && startOf(last.samples) !== startOf(samples)) looks.length = 0;
  looks.push({ at: Date.now(), samples });
  if (looks.length > maxLooks) looks.shift();
  part('figures').replaceChildren(...figures(looks));
};

const startOf = (samples: Scrape['samples']): number => metricSum(samples, 'process_start_time_seconds');

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
