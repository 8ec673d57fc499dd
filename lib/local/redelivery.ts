const firstDelayMs = 5000;
const longestDelayMs = 2 * 3600_000;
const patienceMs = 24 * 3600_000;

/**
 * Exponential back-off with equal jitter: 5 s after the first failed attempt, then twice as long each time, up to 2 h, and
 * of each of these a chance part between a half and the whole, so that receivers that were down together are not asked
 * together. `share` is that chance, from 0 to 1. Undefined after about a day, when no further attempt is made.
 */
export const delayAfter = (attempts: number, share: number): number | undefined => {
  let waitedMs = 0;
  for (let attempt = 1; attempt <= attempts; attempt++) waitedMs += jittered(delay(attempt), 0.5);
  return waitedMs > patienceMs ? undefined : Math.round(jittered(delay(attempts), share));
};

const jittered = (delayMs: number, share: number): number => (delayMs / 2) * (1 + share);

const delay = (attempt: number): number => Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
