import { expect, test } from '@jest/globals';
import { delayAfter } from '../../lib/local/redelivery.ts';

const schedule: number[] = [];
for (let next = delayAfter(1); next !== undefined; next = delayAfter(schedule.length + 1)) schedule.push(next);

test('the first attempts follow each other quickly, the later ones every two hours', () => {
  expect(schedule.slice(0, 12).map((ms) => ms / 1000)).toEqual([
    5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 7200,
  ]);
  expect(schedule.at(-1)).toBe(2 * 3600_000);
});

test('a receiver is tried for a day, not longer and not much shorter', () => {
  const hours = schedule.reduce((sum, ms) => sum + ms, 0) / 3600_000;
  expect(hours).toBeGreaterThan(22);
  expect(hours).toBeLessThanOrEqual(24);
});

test('once it is over it stays over', () => {
  for (const more of [1, 2, 10, 1000]) expect(delayAfter(schedule.length + more)).toBeUndefined();
});
