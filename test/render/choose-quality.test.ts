import { describe, expect, test } from '@jest/globals';
import { type Attempt, chooseQuality, firstGuess, needed } from '../../lib/render/choose-quality.ts';

const range = { from: 45, to: 55, score: 70 };
/** An encoder whose score is a line and whose bytes are ten times the quality. */
const encoder = (scoreAt: (quality: number) => number) => {
  const tried: number[] = [];
  const attempt = async (quality: number): Promise<Attempt> => {
    tried.push(quality);
    return { quality, score: scoreAt(quality), bytes: new Uint8Array(quality * 10) };
  };
  return { tried, attempt };
};
const line =
  (scoreAt50: number, perStep = 0.85) =>
  (quality: number) =>
    scoreAt50 + (quality - 50) * perStep;

describe('the quality of a file', () => {
  test('is what was guessed where that comes near the target, and nothing is tried again', async () => {
    const { tried, attempt } = encoder(line(71.5));
    expect(await chooseQuality('avif', range, 50, undefined, attempt)).toMatchObject({ quality: 50, why: 'target' });
    expect(tried).toEqual([50]);
  });

  test.each([
    [67, 54, 'target'],
    [73, 46, 'target'],
    [60, 55, 'end-of-range'],
    [85, 45, 'end-of-range'],
  ])('of a picture that scores %d at 50 is %d: %s', async (score, quality, why) => {
    const { tried, attempt } = encoder(line(score));
    expect(await chooseQuality('avif', range, 50, undefined, attempt)).toMatchObject({ quality, why });
    expect(tried).toHaveLength(2);
  });

  test('is looked for three times at most, and the nearest counts', async () => {
    const { tried, attempt } = encoder((quality) => (quality < 50 ? 60 : 80 + quality));
    expect(await chooseQuality('avif', range, 52, undefined, attempt)).toMatchObject({ quality: 45, why: 'nearest' });
    expect(tried.length).toBeLessThanOrEqual(3);
  });

  test('is the one that the preset names where it names one', async () => {
    const { tried, attempt } = encoder(line(20));
    expect(await chooseQuality('webp', 85, firstGuess(85), undefined, attempt)).toMatchObject({
      quality: 85,
      why: 'fixed',
    });
    expect(tried).toEqual([85]);
  });
});

describe('a budget of bytes', () => {
  test.each([
    [range, 505],
    [90, 305],
    [{ from: 20, to: 90, score: 99 }, 15],
  ])('with a quality of %j gets the highest that fits into %d, and the reason says so', async (rule, bytes) => {
    const { attempt } = encoder(line(60));
    const budget = { bytes, leastQuality: 1 };
    expect(await chooseQuality('avif', rule, firstGuess(rule), budget, attempt)).toMatchObject({
      quality: Math.floor(bytes / 10),
      why: 'byte-budget',
    });
  });

  test('that nothing fits into gets the smallest file, and the reason says that it is over', async () => {
    const { attempt } = encoder(line(60));
    const chosen = await chooseQuality('avif', range, 50, { bytes: 5, leastQuality: 1 }, attempt);
    expect(chosen).toMatchObject({ quality: 1, why: 'over-budget' });
  });

  test('that would cost too much of the quality is not kept', async () => {
    const { attempt } = encoder(line(60));
    const chosen = await chooseQuality('avif', range, 50, { bytes: 5, leastQuality: 23 }, attempt);
    expect(chosen).toMatchObject({ quality: 55, why: 'end-of-range' });
  });

  test('that is kept anyway changes nothing', async () => {
    const { attempt } = encoder(line(70));
    const chosen = await chooseQuality('avif', range, 50, { bytes: 500, leastQuality: 1 }, attempt);
    expect(chosen).toMatchObject({ quality: 50, why: 'target' });
  });
});

test('a prediction stays within the range', () => {
  expect(needed('avif', range, { quality: 50, score: 70 })).toBe(50);
  expect(needed('avif', range, { quality: 50, score: 10 })).toBe(55);
  expect(needed('avif', range, { quality: 50, score: 99 })).toBe(45);
});
