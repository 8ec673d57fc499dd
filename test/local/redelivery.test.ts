import { expect, test } from '@jest/globals';
import { delayAfter } from '../../lib/local/redelivery.ts';

const scheduleBy = (share: number): readonly number[] => {
  const delays: number[] = [];
  for (let next = delayAfter(1, share); next !== undefined; next = delayAfter(delays.length + 1, share))
    delays.push(next);
  return delays;
};
const [shortest, usual, longest] = [0, 0.5, 1].map(scheduleBy) as [
  readonly number[],
  readonly number[],
  readonly number[],
];

test('the first attempts follow each other quickly, the later ones every two hours', () => {
  expect(longest.slice(0, 12).map((ms) => ms / 1000)).toEqual([
    5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 7200,
  ]);
  expect(longest.at(-1)).toBe(2 * 3600_000);
});

test('chance shortens each wait, to its half at most, and the number of attempts stays', () => {
  expect(shortest).toEqual(longest.map((ms) => ms / 2));
  for (const [at, ms] of usual.entries()) {
    expect(ms).toBeGreaterThan(shortest[at] ?? 0);
    expect(ms).toBeLessThan(longest[at] ?? 0);
  }
});

test('a receiver is tried for a day by the usual chance, not longer and not much shorter', () => {
  const hours = usual.reduce((sum, ms) => sum + ms, 0) / 3600_000;
  expect(hours).toBeGreaterThan(22);
  expect(hours).toBeLessThanOrEqual(24);
});

test('once it is over it stays over', () => {
  for (const more of [1, 2, 10, 1000]) expect(delayAfter(longest.length + more, 1)).toBeUndefined();
});
