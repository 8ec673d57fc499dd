const steps = 60;

/**
 * A timeout that counts only time in which this process ran too. A paused container or a stopped process finds most of
 * its time left when it goes on, because an interval that was missed many times is due only once. Returns a function
 * that takes the timeout back.
 */
export const livedTimeout = (act: () => void, ms: number): (() => void) => {
  let left = steps;
  const timer = setInterval(() => {
    if (--left > 0) return;
    clearInterval(timer);
    act();
  }, ms / steps);
  return () => clearInterval(timer);
};
