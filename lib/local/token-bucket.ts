import type { Instant } from '../core/image.ts';

/**
 * A token bucket: so many a minute on average, and as many at once after a quiet minute. It counts in 60 000ths of a
 * token, of which each millisecond adds a whole number: nothing is rounded, so a stated wait is always long enough.
 */
export type Bucket = { readonly level: number; readonly at: Instant };

const minuteMs = 60_000;
const token = minuteMs;

/** Takes one token at an instant. `waitMs` is 0 when there was one; otherwise, how long until there is. */
export const takeToken = (
  bucket: Bucket | undefined,
  perMinute: number,
  now: Instant,
): { readonly bucket: Bucket; readonly waitMs: number } => {
  const full = perMinute * token;
  const { level, at } = bucket ?? { level: full, at: now };
  // A clock that was set back neither adds nor removes tokens.
  const elapsedMs = Math.min(Math.max(0, now - at), minuteMs);
  const filled = Math.min(full, level + elapsedMs * perMinute);
  if (filled < token) return { bucket: { level: filled, at: now }, waitMs: Math.ceil((token - filled) / perMinute) };
  return { bucket: { level: filled - token, at: now }, waitMs: 0 };
};
