import type { Encoding } from '../core/plan.ts';
import type { Pixels } from './pixels.ts';
import { scaled } from './scale.ts';

/** The same pixels serve every format of a picture, and are let go with its last. A still is made of the first frame alone. */
export const sharedPictures = (upright: Pixels, encodings: readonly Encoding[]) => {
  const shared = new Map<string, { pixels?: Promise<Pixels>; waiting: number }>();
  const keyOf = ({ picture, animated }: Encoding) => JSON.stringify([picture, animated]);
  for (const encoding of encodings) {
    const entry = shared.get(keyOf(encoding));
    if (entry) entry.waiting++;
    else shared.set(keyOf(encoding), { waiting: 1 });
  }
  return {
    take: (encoding: Encoding): Promise<Pixels> => {
      const key = keyOf(encoding);
      const entry = shared.get(key) ?? { waiting: 1 };
      entry.pixels ??= scaled(upright, encoding.picture, encoding.animated ? upright.frames : 1);
      if (--entry.waiting === 0) shared.delete(key);
      return entry.pixels;
    },
  };
};

/** What the frames of an encoding take in memory beside those of the original. */
export const bytesBeside = (upright: Pixels, { picture, animated }: Encoding): number => {
  const isOriginal = picture.width === upright.width && picture.height === upright.height;
  return animated && !isOriginal ? picture.width * picture.height * upright.channels * upright.frames : 0;
};
