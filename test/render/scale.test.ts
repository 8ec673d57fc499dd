import { expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { Crop } from '../../lib/core/plan.ts';
import { fromPixels, type Pixels, toPixels } from '../../lib/render/pixels.ts';
import { scaled } from '../../lib/render/scale.ts';

/** Grey, with a red square whose middle is at 800, 200: far to the right, and in the upper half. */
const eyeCatcher = async (frames = 1): Promise<Pixels> => {
  const red = await sharp({ create: { width: 80, height: 80, channels: 3, background: '#e00000' } })
    .png()
    .toBuffer();
  const grey = sharp({ create: { width: 1000, height: 500, channels: 3, background: '#808080' } });
  const { data, ...one } = await toPixels(grey.composite([{ input: red, left: 760, top: 160 }]).removeAlpha());
  return { ...one, data: Buffer.concat(Array(frames).fill(data)), frames };
};
const square = (position: Crop['position']): Crop => ({ width: 100, height: 100, fit: 'cover', position });

test.each([1, 3])(
  'a crop around what draws the eye says where that is and what it shows, of %i frames',
  async (frames) => {
    const upright = await eyeCatcher(frames);
    const { cut, ...cropped } = await scaled(upright, square('attention'));
    expect(cropped).toMatchObject({ width: 100, height: 100, frames });
    expect(cut?.focus?.x).toBeCloseTo(0.8, 1);
    expect(cut?.focus?.y).toBeCloseTo(0.4, 1);
    expect(cut).toMatchObject({ top: 0, width: 0.5, height: 1 });
    const { left = 0, width = 0 } = cut ?? {};
    // The same part, cut out by hand, is the same picture.
    const byHand = fromPixels({ ...upright, data: upright.data.subarray(0, upright.data.length / frames), frames: 1 })
      .resize(200, 100, { fit: 'fill' })
      .extract({ left: Math.round(left * 200), top: 0, width: Math.round(width * 200), height: 100 });
    expect((await toPixels(byHand)).data.equals(cropped.data.subarray(0, cropped.data.length / frames))).toBe(true);
  },
);

test('a crop from the middle has no point', async () => {
  const { cut } = await scaled(await eyeCatcher(), square('centre'));
  expect(cut).toEqual({ left: 0.25, top: 0, width: 0.5, height: 1, focus: null });
});

test('what shows the whole picture is no crop', async () => {
  const { cut } = await scaled(await eyeCatcher(), { width: 500, height: 250, fit: 'inside', position: 'centre' });
  expect(cut).toBeUndefined();
});
