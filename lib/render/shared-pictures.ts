import type { Encoding } from '../core/plan.ts';
import type { Pixels } from './pixels.ts';
import { scaled } from './scale.ts';

/** The same pixels serve every format of a picture, and are let go with its last. */
export const sharedPictures = (upright: Pixels, encodings: readonly Encoding[]) => {
  const shared = new Map<string, { pixels?: Promise<Pixels>; waiting: number }>();
  const keyOf = ({ picture }: Encoding) => JSON.stringify(picture);
  for (const encoding of encodings) {
    const entry = shared.get(keyOf(encoding));
    if (entry) entry.waiting++;
    else shared.set(keyOf(encoding), { waiting: 1 });
  }
  return {
    take: (encoding: Encoding): Promise<Pixels> => {
      const key = keyOf(encoding);
      const entry = shared.get(key) ?? { waiting: 1 };
      entry.pixels ??= scaled(upright, encoding.picture);
      if (--entry.waiting === 0) shared.delete(key);
      return entry.pixels;
    },
  };
};
