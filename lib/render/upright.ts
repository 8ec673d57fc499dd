import { frameOf, type Pixels } from './pixels.ts';

/**
 * Every frame turned as its EXIF orientation says, in place: the library turns no animations, and a second copy of all
 * frames would need their memory again.
 */
export const turned = (pixels: Pixels, orientation: number): Pixels => {
  const turn = turns[orientation];
  if (!turn) return pixels;
  const [width, height] = orientation >= 5 ? [pixels.height, pixels.width] : [pixels.width, pixels.height];
  const { channels } = pixels;
  const { first, right, down } = turn(pixels.width, pixels.height);
  for (let frame = 0; frame < pixels.frames; frame++) {
    const { data } = frameOf(pixels, frame);
    const stored = Buffer.from(data);
    for (let y = 0, to = 0; y < height; y++)
      for (let x = 0; x < width; x++, to += channels) {
        const from = (first + y * down + x * right) * channels;
        for (let channel = 0; channel < channels; channel++) data[to + channel] = stored[from + channel] ?? 0;
      }
  }
  return { ...pixels, width, height };
};

/** Which stored pixel is the first of the upright picture, and how far on the one right of it and the one below are. */
type Turn = (width: number, height: number) => { first: number; right: number; down: number };

const turns: Readonly<Record<number, Turn>> = {
  2: (width) => ({ first: width - 1, right: -1, down: width }),
  3: (width, height) => ({ first: width * height - 1, right: -1, down: -width }),
  4: (width, height) => ({ first: width * (height - 1), right: 1, down: -width }),
  5: (width) => ({ first: 0, right: width, down: 1 }),
  6: (width, height) => ({ first: width * (height - 1), right: -width, down: 1 }),
  7: (width, height) => ({ first: width * height - 1, right: -width, down: -1 }),
  8: (width) => ({ first: width - 1, right: width, down: -1 }),
};
