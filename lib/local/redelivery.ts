const firstDelayMs = 5000;
const longestDelayMs = 2 * 3600_000;
const patienceMs = 24 * 3600_000;

/**
 * Exponential back-off: 5 s after the first failed attempt, then twice as long each time, up to 2 h. Undefined after a
 * day, when no further attempt is made.
 */
export const delayAfter = (attempts: number): number | undefined => {
  let waitedMs = 0;
  for (let attempt = 1; attempt < attempts; attempt++) waitedMs += delay(attempt);
  const delayMs = delay(attempts);
  return waitedMs + delayMs > patienceMs ? undefined : delayMs;
};

const delay = (attempt: number): number => Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
