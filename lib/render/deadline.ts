import { BadPicture } from '../core/errors.ts';

/**
 * A limit on the processor time of a picture. It is the time of the whole process, which renders one picture at a time. So
 * a busy machine or a slow network cannot make a good picture `too-big`. A codec cannot be interrupted: after the limit it
 * runs to its end, and no other is started.
 */
export type Deadline = <T>(work: () => Promise<T>) => Promise<T>;

export const deadline = (seconds: number, spentMs: () => number = cpuMs): Deadline => {
  const limitMs = spentMs() + seconds * 1000;
  const tooSlow = () =>
    new BadPicture(
      'too-big',
      `Making the variants of this picture takes longer than ${seconds} seconds. Upload a smaller one.`,
    );
  return async (work) => {
    if (spentMs() >= limitMs) throw tooSlow();
    let timer: NodeJS.Timeout | undefined;
    try {
      const alarm = new Promise<never>((_, reject) => {
        const look = () => {
          if (spentMs() >= limitMs) reject(tooSlow());
          else timer = setTimeout(look, lookAgainMs);
        };
        timer = setTimeout(look, lookAgainMs);
      });
      return await Promise.race([work(), alarm]);
    } finally {
      clearTimeout(timer);
    }
  };
};

const lookAgainMs = 20;

/** Of all threads. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
