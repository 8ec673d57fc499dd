import type { reasons } from '../core/manifest.ts';
import type { LossyFormat, Quality } from '../core/presets.ts';

/** One encode of a picture: what it was made with and what became of it. */
export type Attempt = { readonly quality: number; readonly score: number; readonly bytes: Uint8Array };

type Reason = (typeof reasons)[number];
export type Chosen = Attempt & { readonly why: Reason };

/**
 * What is known of the encoders before looking at a picture. They are data because the recipe is a digest of them.
 * `perStep`: by how many points the score grows with a step of the quality, in the mean of many photographs.
 * `smaller`: how many points more a picture below 150 000 pixels scores than a larger one of the same photograph.
 * `tolerance`: within so many points of the target nothing is tried again.
 */
export const searchSettings = {
  perStep: { avif: 0.85, webp: 0.95, jpeg: 0.5 },
  smaller: { avif: 0, webp: 3, jpeg: 1, below: 150_000 },
  tolerance: 2,
  attempts: 3,
  budgetAttempts: 7,
  probePixels: [100_000, 300_000],
  tinyPixels: 20_000,
} as const;

/** Bytes that a file must not exceed, and the quality below which it is not worth it. */
export type ByteBudget = { readonly bytes: number; readonly leastQuality: number };

/** Without a look at the picture: the middle of its range. */
export const firstGuess = (rule: Quality): number =>
  typeof rule === 'number' ? rule : Math.round((rule.from + rule.to) / 2);

/** The quality that a target needs, when so much is reached at another quality. */
export const needed = (
  format: LossyFormat,
  range: Range,
  at: Pick<Attempt, 'quality' | 'score'>,
  perStep: number = searchSettings.perStep[format],
): number => clamped(range, Math.round(at.quality + (range.score - at.score) / perStep));

/**
 * Encodes, from `guess` on, until the score is near the target, the next quality has been tried before, or all
 * attempts of `searchSettings` are made. Then it encodes as often as it takes to keep within the budget, which may go below
 * the range.
 */
export const chooseQuality = async (
  format: LossyFormat,
  rule: Quality,
  guess: number,
  budget: ByteBudget | undefined,
  attempt: (quality: number) => Promise<Attempt>,
): Promise<Chosen> => {
  const chosen =
    typeof rule === 'number'
      ? { ...(await attempt(rule)), why: 'fixed' as const }
      : await search(format, rule, guess, attempt);
  return budget === undefined || chosen.bytes.length <= budget.bytes ? chosen : within(budget, chosen, attempt);
};

export type Range = Exclude<Quality, number>;

const search = async (
  format: LossyFormat,
  range: Range,
  guess: number,
  attempt: (quality: number) => Promise<Attempt>,
): Promise<Chosen> => {
  const tried = [await attempt(clamped(range, guess))];
  while (tried.length < searchSettings.attempts) {
    const best = nearest(tried, range.score);
    if (Math.abs(best.score - range.score) <= searchSettings.tolerance) break;
    const next = needed(format, range, best, slopeOf(tried));
    if (tried.some(({ quality }) => quality === next)) break;
    tried.push(await attempt(next));
  }
  const best = nearest(tried, range.score);
  return { ...best, why: reasonFor(best, range) };
};

/** What a step was worth in this picture, once that has been seen. */
const slopeOf = ([first, second]: readonly Attempt[]): number | undefined => {
  if (!first || !second) return undefined;
  const slope = (second.score - first.score) / (second.quality - first.quality);
  return slope > 0.1 ? slope : undefined;
};

const reasonFor = ({ score, quality }: Attempt, range: Range): Reason => {
  if (Math.abs(score - range.score) <= 2) return 'target';
  return quality === (score < range.score ? range.to : range.from) ? 'end-of-range' : 'nearest';
};

/** The highest quality that fits, by halving; where none does, the smallest file if the budget is worth any quality. */
const within = async (
  { bytes, leastQuality }: ByteBudget,
  from: Chosen,
  attempt: (quality: number) => Promise<Attempt>,
): Promise<Chosen> => {
  let [low, high] = [leastQuality, from.quality - 1];
  let smallest: Attempt = from;
  let best: Attempt | undefined;
  for (let turn = 0; turn < searchSettings.budgetAttempts && low <= high; turn++) {
    const quality = Math.ceil((low + high) / 2);
    const made = await attempt(quality);
    if (made.bytes.length < smallest.bytes.length) smallest = made;
    if (made.bytes.length <= bytes) {
      best = made;
      low = quality + 1;
    } else high = quality - 1;
  }
  if (best) return { ...best, why: 'byte-budget' };
  return leastQuality > 1 ? from : { ...smallest, why: 'over-budget' };
};

const nearest = <Tried extends Attempt>(tried: readonly Tried[], score: number): Tried =>
  tried.reduce((best, one) => (Math.abs(one.score - score) < Math.abs(best.score - score) ? one : best));

const clamped = ({ from, to }: Range, quality: number): number => Math.min(to, Math.max(from, quality));
