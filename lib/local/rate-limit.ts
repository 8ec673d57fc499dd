import { Refusal } from '../core/errors.ts';
import type { Clock } from '../ports.ts';
import { type Bucket, takeToken } from './token-bucket.ts';

/** Throws a Refusal if a caller exceeds the limit per minute. */
export type RateLimit = (caller: string) => void;

/** The caller with the oldest last request is forgotten first, so that strangers cannot fill the memory. */
export const rateLimit = (clock: Clock, perMinute: number, maxCallers = 10_000): RateLimit => {
  const buckets = new Map<string, Bucket>();

  return (caller) => {
    const { bucket, waitMs } = takeToken(buckets.get(caller), perMinute, clock.now());
    // A map keeps the order of insertion: the latest caller comes last.
    buckets.delete(caller);
    buckets.set(caller, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > maxCallers && oldest !== undefined) buckets.delete(oldest);
    if (waitMs === 0) return;
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    throw new Refusal('too-many-requests', `Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
  };
};
