const firstDelayMs = 5000;
const longestDelayMs = 2 * 3600_000;
const patienceMs = 24 * 3600_000;

/**
 * How long to wait after so many attempts that failed: 5 s, then twice as long each time, up to 2 h. Undefined when a
 * day of waiting is over and nobody tries any more.
 */
export const delayAfter = (attempts: number): number | undefined => {
  let waitedMs = 0;
  for (let attempt = 1; attempt < attempts; attempt++) waitedMs += delay(attempt);
  const delayMs = delay(attempts);
  return waitedMs + delayMs > patienceMs ? undefined : delayMs;
};

const delay = (attempt: number): number => Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
