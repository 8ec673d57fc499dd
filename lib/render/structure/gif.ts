import { gifParts } from '../gif/parts.ts';
import type { Structure } from './structure.ts';

/** Whole with its first frame: what is missing after that, no browser misses either. */
export const gifStructure = (bytes: Uint8Array): Structure => {
  const { frames } = gifParts(bytes);
  const packedPixels = frames.reduce((sum, { width, height }) => sum + width * height, 0);
  return { whole: frames.length > 0, frames: Math.max(1, frames.length), packedPixels };
};
