const firstDelayMs = 5000;
const longestDelayMs = 2 * 3600_000;
const giveUpAfterMs = 24 * 3600_000;

/**
 * Exponential back-off with equal jitter. The delay begins at 5 s and doubles after each failed attempt, up to 2 h. `share`,
 * from 0 to 1, chooses between a half and the whole of it, so that receivers that were down together are not asked together.
 * Undefined after about a day, when no further attempt is made.
 */
export const delayAfter = (attempts: number, share: number): number | undefined => {
  let waitedMs = 0;
  for (let attempt = 1; attempt <= attempts; attempt++) waitedMs += jittered(delay(attempt), 0.5);
  return waitedMs > giveUpAfterMs ? undefined : Math.round(jittered(delay(attempts), share));
};

const jittered = (delayMs: number, share: number): number => (delayMs / 2) * (1 + share);

const delay = (attempt: number): number => Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
