import type { ImageAnswer } from '../contract/answers.ts';
import { doing, make, part } from './dom.ts';
import { complain, complainOf, service } from './session.ts';
import { inNumbers, plural } from './words.ts';

/** What the machine failed may be tried again; every other code blames the file. docs/errors.md */
const machineCodes: readonly string[] = ['gave-up'];
/** So many of the newest failures are looked at. */
const maxFailures = 500;

let isMissed = false;
/** Once more if they could not be listed before. */
export const showMissedFailures = async (): Promise<void> => {
  if (isMissed) await showFailures();
};

/** Failures by their code, newest first, with what can be done about them. */
export const showFailures = async (): Promise<void> => {
  const place = part('failures');
  try {
    const failed: ImageAnswer[] = [];
    let isMore = false;
    for await (const image of service.images({ status: 'failed', limit: 100 })) {
      if (failed.length === maxFailures) {
        isMore = true;
        break;
      }
      failed.push(image);
    }
    isMissed = false;
    complain(undefined);
    place.replaceChildren(...failureCards(failed, isMore));
  } catch (error) {
    isMissed = true;
    complainOf(error, 'Failures cannot be listed. ');
  }
};

const failureCards = (failed: readonly ImageAnswer[], isMore: boolean): readonly HTMLElement[] => {
  if (failed.length === 0) return [make('p', { className: 'hint', textContent: 'No picture has failed.' })];
  const groups = Map.groupBy(failed, ({ error }) => error?.code ?? 'unknown');
  const cards = [...groups].map(([code, images]) => {
    const said = make('p', { role: 'status' });
    const reasons = [...Map.groupBy(images, ({ error }) => error?.message ?? '')]
      .sort(([, a], [, b]) => b.length - a.length)
      .slice(0, 3);
    const lines = reasons.map(([reason, all]) =>
      make('li', { textContent: reasons.length > 1 ? `${reason} (${all.length})` : reason }),
    );
    const retry = doing(
      `Retry ${plural(images.length, 'picture')}`,
      async () => {
        await service.startJob({ action: 'reprocess', ids: images.map(({ id }) => id) });
        said.textContent = 'They are made again. See Jobs.';
      },
      { said, className: 'main' },
    );
    const isOurs = machineCodes.includes(code);
    const what = isOurs
      ? retry
      : make('p', { className: 'hint', textContent: 'The file is to blame: another attempt would end the same way.' });
    return make(
      'article',
      { className: 'card failure' },
      make('h3', { textContent: code }),
      make('p', { className: 'figure', textContent: inNumbers(images.length) }),
      make('ul', { className: 'plain' }, ...lines),
      what,
      said,
    );
  });
  const rest = isMore
    ? [make('p', { className: 'hint', textContent: `The newest ${maxFailures} failures are counted.` })]
    : [];
  return [...cards, ...rest];
};
