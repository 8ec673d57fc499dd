import { expect, test } from '@jest/globals';
import type { Encoding } from '../../lib/core/plan.ts';
import type { Pixels } from '../../lib/render/pixels.ts';
import { bytesBeside, sharedPictures } from '../../lib/render/shared-pictures.ts';

const [width, height, frames] = [40, 20, 5];
const upright: Pixels = { data: Buffer.alloc(width * height * 4 * frames), width, height, channels: 4, frames };
const encoding = (wide: number, animated: boolean): Encoding => ({
  picture: { width: wide, height: wide / 2, fit: 'inside', position: 'centre' },
  format: animated ? 'webp' : 'jpeg',
  animated,
  quality: 80,
  names: [`${wide}w`],
});

test.each([40, 20])(
  'a still of an animation, %i wide, holds one frame, and no transparency that its format cannot say',
  async (wide) => {
    const still = encoding(wide, false);
    const pictures = sharedPictures(upright, [encoding(wide, true), still]);
    const { pixels } = await pictures.take(still);
    const { data, ...size } = pixels;
    expect(data).toHaveLength(wide * (wide / 2) * 3);
    expect(size).toEqual({ width: wide, height: wide / 2, channels: 3, frames: 1 });
  },
);

test.each([
  ['all frames of a smaller variant', encoding(20, true), 20 * 10 * 4 * frames],
  ['nothing for a variant of the original size', encoding(40, true), 0],
  ['nothing for a still', encoding(20, false), 0],
])('beside the original there is room to be found for %s', (_, each, bytes) => {
  expect(bytesBeside(upright, each)).toBe(bytes);
});
