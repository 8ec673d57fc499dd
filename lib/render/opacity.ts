import type { Pixels } from './pixels.ts';

/** Below this a pixel visibly lets its background through; rounding in editors leaves values just above it. */
const visiblyTransparent = 252;

/** Whether any pixel of the first frame is transparent to the eye: a channel that is there may still be full. */
export const isTransparent = ({ data, width, height, channels }: Pixels): boolean => {
  if (channels === 3) return false;
  const end = width * height * 4;
  for (let at = 3; at < end; at += 4) if ((data[at] ?? 255) < visiblyTransparent) return true;
  return false;
};

/** The same pixels without the alpha channel. Done in place of a pass through the library, it costs one copy. */
export const withoutAlpha = (pixels: Pixels): Pixels => {
  if (pixels.channels === 3) return pixels;
  const count = pixels.width * pixels.height * pixels.frames;
  const data = Buffer.allocUnsafe(count * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = pixels.data[from] ?? 0;
    data[to + 1] = pixels.data[from + 1] ?? 0;
    data[to + 2] = pixels.data[from + 2] ?? 0;
  }
  return { ...pixels, data, channels: 3 };
};
