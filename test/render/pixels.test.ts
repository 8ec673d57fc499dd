import { expect, test } from '@jest/globals';
import { releasePixels, toPixels } from '../../lib/render/pixels.ts';
import { landscape } from '../system/conformance/draw/canvas.ts';
import { open } from '../system/conformance/draw/sharp.ts';

test('what a decoder returned is gone as soon as it is released', async () => {
  const pixels = await toPixels(open(landscape(64, 48)));
  expect(pixels.data).toHaveLength(64 * 48 * 3);
  releasePixels(pixels);
  expect(pixels.data).toHaveLength(0);
});

test('memory that others share is left alone', () => {
  const frame = Buffer.alloc(48, 7);
  releasePixels({ data: frame.subarray(0, 24), width: 4, height: 2, channels: 3, frames: 1 });
  expect(frame).toEqual(Buffer.alloc(48, 7));
});
