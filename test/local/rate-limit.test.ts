import { beforeEach, expect, test } from '@jest/globals';
import { Refusal } from '../../lib/core/errors.ts';
import { type RateLimit, rateLimit } from '../../lib/local/rate-limit.ts';

let now: number;
let limit: RateLimit;
beforeEach(() => {
  now = 1_790_000_000_000;
  limit = rateLimit({ now: () => now }, 1, 3);
});

const retryAfter = (caller: string): number | undefined => {
  try {
    limit(caller);
    return 0;
  } catch (error) {
    if (error instanceof Refusal) return error.retryAfterSeconds;
    throw error;
  }
};

test('one caller does not use up what another may have', () => {
  expect([retryAfter('a'), retryAfter('a'), retryAfter('b')]).toEqual([0, 60, 0]);
});

test('a caller that waits as long as it was told is let through', () => {
  limit('a');
  now += 1;
  const seconds = retryAfter('a') ?? 0;
  now += 1000 * seconds;
  expect([seconds, retryAfter('a')]).toEqual([60, 0]);
});

test('of too many callers the one that has been silent for the longest time is forgotten', () => {
  for (const caller of ['a', 'b', 'c']) limit(caller);
  expect(retryAfter('a')).toBe(60);
  limit('d');
  expect([retryAfter('a'), retryAfter('c'), retryAfter('d')]).toEqual([60, 60, 60]);
  expect(retryAfter('b')).toBe(0);
});
