import type { Encoding } from '../core/plan.ts';
import { isLossy } from '../core/presets.ts';
import { type Attempt, firstGuess, needed, searchSettings } from './choose-quality.ts';

type Result = Pick<Attempt, 'quality' | 'score'>;
type Probe = { readonly encoding: Encoding; readonly rank: number; readonly result: PromiseWithResolvers<Result> };

/**
 * Where the search for each quality begins. Of each format a small picture and one of middle size are probes: what a probe
 * needed is what larger sizes of the same photograph will need, nearly. Probes have to begin before everything larger, by
 * their rank, because that waits for them.
 */
export const guesses = (encodings: readonly Encoding[]) => {
  const probes = [...new Set(encodings.map(({ format }) => format))].flatMap((format) =>
    probesAmong(encodings.filter((encoding) => encoding.format === format && isSearched(encoding))),
  );
  /** The largest probe that the encoding may look at: it has a lower rank, so there is no waiting in a circle. */
  const probeFor = (encoding: Encoding): Probe | undefined =>
    isSearched(encoding) && !isTiny(encoding)
      ? probes.findLast((probe) => probe.encoding.format === encoding.format && probe.rank < rankOf(encoding))
      : undefined;
  const rankOf = (encoding: Encoding): number =>
    probes.find((probe) => probe.encoding === encoding)?.rank ?? (pixelsOf(encoding) > largestProbe ? 2 : 1);
  return {
    /** The order to begin in: tiny pictures and the first probes, then the second, then everything else. */
    turnOf: (encoding: Encoding): number =>
      isTiny(encoding) ? 0 : (probes.find((probe) => probe.encoding === encoding)?.rank ?? 2),
    before: async (encoding: Encoding): Promise<number> => {
      const probe = probeFor(encoding);
      const { format, quality: rule } = encoding;
      if (rule === null) return 0;
      if (!probe || typeof rule === 'number' || !isLossy(format)) return firstGuess(rule);
      const { quality, score } = await probe.result.promise;
      const expected = score + usualScore(encoding) - usualScore(probe.encoding);
      return needed(format, rule, { quality, score: expected });
    },
    /** The encoding whose result decides where the search for this one begins. */
    probeOf: (encoding: Encoding): Encoding | undefined => probeFor(encoding)?.encoding,
    learn: (encoding: Encoding, result: Promise<Result>): void => {
      const probe = probes.find((probe) => probe.encoding === encoding);
      if (probe) result.then(probe.result.resolve, probe.result.reject);
    },
  };
};

/** `Promise.withResolvers`, which Node.js 20 does not have. */
const withResolvers = <T>(): PromiseWithResolvers<T> => {
  let settle: Pick<PromiseWithResolvers<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return {
    promise,
    resolve: (value) => settle?.resolve(value),
    reject: (reason) => settle?.reject(reason),
  };
};

const [, largestProbe] = searchSettings.probePixels;

const probesAmong = (encodings: readonly Encoding[]): readonly Probe[] => {
  const bySize = encodings.toSorted((a, b) => pixelsOf(a) - pixelsOf(b));
  const chosen = searchSettings.probePixels.map((most) => bySize.findLast((encoding) => pixelsOf(encoding) <= most));
  return chosen.flatMap((encoding, rank): Probe[] => {
    if (!encoding || chosen.indexOf(encoding) !== rank || isTiny(encoding)) return [];
    const result = withResolvers<Result>();
    result.promise.catch(() => undefined);
    return [{ encoding, rank, result }];
  });
};

/** Looking for the quality of an animation would take as long as all of it; it gets the middle of its range. */
const isSearched = ({ quality, animated }: Encoding): boolean =>
  quality !== null && typeof quality !== 'number' && !animated;

/** So small that trying again costs less than waiting. */
const isTiny = (encoding: Encoding): boolean => pixelsOf(encoding) <= searchSettings.tinyPixels;

const pixelsOf = ({ picture }: Encoding) => picture.width * picture.height;

const usualScore = (encoding: Encoding): number =>
  isLossy(encoding.format) && pixelsOf(encoding) < searchSettings.smaller.below
    ? searchSettings.smaller[encoding.format]
    : 0;
