import { BadPicture } from '../core/errors.ts';

/**
 * A limit on the time that a picture keeps codecs busy. Waiting for uploads does not count: a slow network is not the
 * picture's fault. A codec cannot be interrupted, so it finishes alone, and no new one starts.
 */
export type Deadline = <T>(work: () => Promise<T>) => Promise<T>;

export const deadline = (seconds: number, now: () => number = performance.now.bind(performance)): Deadline => {
  let busyMs = 0;
  let running = 0;
  let since = 0;
  const spentMs = () => busyMs + (running > 0 ? now() - since : 0);
  const tooSlow = () =>
    new BadPicture(
      'too-big',
      `Making the variants of this picture takes longer than ${seconds} seconds. Upload a smaller one.`,
    );
  return async (work) => {
    const leftMs = seconds * 1000 - spentMs();
    if (leftMs <= 0) throw tooSlow();
    if (running++ === 0) since = now();
    let timer: NodeJS.Timeout | undefined;
    try {
      const alarm = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(tooSlow()), leftMs);
      });
      return await Promise.race([work(), alarm]);
    } finally {
      clearTimeout(timer);
      if (--running === 0) busyMs += now() - since;
    }
  };
};
