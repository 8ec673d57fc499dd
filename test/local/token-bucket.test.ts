import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Bucket, takeToken } from '../../lib/local/token-bucket.ts';

const t0 = 1_790_000_000_000;

/** The waits of requests at these milliseconds. */
const waits = (perMinute: number, requests: readonly number[]) => {
  let bucket: Bucket | undefined;
  return requests.map((ms) => {
    const taken = takeToken(bucket, perMinute, t0 + ms);
    bucket = taken.bucket;
    return taken.waitMs;
  });
};

describe('a bucket', () => {
  test.each([
    ['lets as many through at once as it holds', 2, [0, 0, 0], [0, 0, 30_000]],
    ['fills with time', 2, [0, 0, 30_000, 30_000], [0, 0, 0, 30_000]],
    ['says how long it still takes', 2, [0, 0, 10_000, 29_999], [0, 0, 20_000, 1]],
    ['never holds more than a minute brings', 2, [0, 600_000, 600_000, 600_000], [0, 0, 0, 30_000]],
    ['is not charged for what it refused', 1, [0, 1, 2, 60_000], [0, 59_999, 59_998, 0]],
    ['takes no harm from a clock that is set back', 1, [0, -50_000, -50_000 + 60_000], [0, 60_000, 0]],
    ['has waits that are whole milliseconds', 7, [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 8572]],
  ])('%s', (_fact, perMinute, requests, expected) => {
    expect(waits(perMinute, requests)).toEqual(expected);
  });

  const rate = fc.integer({ min: 1, max: 1_000_000 });
  const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat(100), fc.nat(90_000)), { minLength: 1, maxLength: 200 });

  test('lets through at most a full bucket and what the time in between brought', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), pauses, (perMinute, between) => {
        let at = 0;
        const requests = between.map((pause) => {
          at += pause;
          return at;
        });
        const granted = waits(perMinute, requests).filter((wait) => wait === 0).length;
        const spanMs = at - (requests[0] ?? 0);
        expect(granted).toBeLessThanOrEqual(perMinute + Math.floor((spanMs * perMinute) / 60_000));
      }),
    );
  });

  test('has a token exactly when it said it would, and not a millisecond before', () => {
    fc.assert(
      fc.property(rate, fc.nat(59_999), fc.nat(60_000), (perMinute, level, elapsed) => {
        const empty = { level, at: t0 };
        const { bucket, waitMs } = takeToken(empty, perMinute, t0 + elapsed);
        fc.pre(waitMs > 0);
        expect(takeToken(bucket, perMinute, t0 + elapsed + waitMs).waitMs).toBe(0);
        expect(takeToken(bucket, perMinute, t0 + elapsed + waitMs - 1).waitMs).toBe(1);
      }),
    );
  });
});
