import type { RenderOrder } from '../ports.ts';
import { admitOriginal } from './admit.ts';

/** The pixels of all frames of an animation, which decide its time; 0 for a still picture and for a refused file. */
export const weigh = async (original: Uint8Array, order: RenderOrder): Promise<number> => {
  try {
    const { width, height, frames } = await admitOriginal(original, order);
    return frames > 1 ? width * height * frames : 0;
  } catch {
    // The render says what is wrong with it.
    return 0;
  }
};
