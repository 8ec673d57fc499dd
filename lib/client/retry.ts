/** How long to wait before something is tried again, and for how long it is worth it. */

export const maxCallAttempts = 5;
const longestMs = 60_000;

/** Longer each time, and never the same for two clients that were turned away together. */
const backOffMs = (attempt: number): number => Math.min(8000, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);

/** In milliseconds; undefined where the header is missing or says nothing. */
export const retryAfterMs = (header: string | null): number | undefined => {
  if (!header) return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};

/** Waits before the attempt after this one; false at once when there should be none. */
export const waitForRetry = async (
  attempt: number,
  askedMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  const ms = askedMs ?? backOffMs(attempt);
  if (attempt >= maxCallAttempts || ms > longestMs) return false;
  await sleep(ms, signal);
  return true;
};

/** Rejects with the reason of the signal as soon as it is aborted. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
