/** A semaphore: so many at a time, the others in the order in which they asked. */
export const turns = (atOnce: () => number) => {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const next = () => {
    while (taken < atOnce() && waiting.length > 0) {
      taken++;
      waiting.shift()?.();
    }
  };

  /** Resolves to what gives the turn back; rejects when the signal ends the wait. */
  return (signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const giveBack = () => {
        taken--;
        next();
      };
      const start = () => {
        signal.removeEventListener('abort', stop);
        resolve(giveBack);
      };
      const stop = () => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      waiting.push(start);
      next();
    });
};
