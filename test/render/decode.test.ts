import { expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import type { ContentType } from '../../lib/core/formats.ts';
import type { Preset } from '../../lib/core/presets.ts';
import { admitOriginal } from '../../lib/render/admit.ts';
import { decode, shrinking } from '../../lib/render/decode.ts';
import { landscape } from '../system/conformance/draw/canvas.ts';
import { gif, type Palette } from '../system/conformance/draw/gif.ts';
import { jpeg, open, webp } from '../system/conformance/draw/sharp.ts';

const preset: Preset = {
  variants: [{ name: 'small', width: 64, fit: 'inside' }],
  formats: { photo: ['webp'], graphic: ['webp'], transparent: ['webp'], animated: ['webp'] },
  quality: { avif: 50, webp: 78, jpeg: 82 },
};
const admitted = (contentType: ContentType, bytes: Buffer) =>
  admitOriginal(bytes, { contentType, preset, limits: config.limits, keepCopyright: false });
const canvas = landscape(800, 600);
const sizeOf = ({ width, height, frames }: { width: number; height: number; frames: number }) => [
  width,
  height,
  frames,
];

test.each([
  ['image/jpeg', await jpeg(canvas), [80, 60, 1]],
  ['image/png', await open(canvas).png().toBuffer(), [160, 120, 1]],
  ['image/webp', await webp(canvas), [160, 120, 1]],
  ['image/gif', await open(canvas).gif({ effort: 1 }).toBuffer(), [160, 120, 1]],
] as const)('an %s of which only a tenth is needed is shrunk while it is decoded', async (type, bytes, size) => {
  expect(sizeOf(await decode(await admitted(type, bytes), 0.1))).toEqual(size);
  expect(sizeOf(await decode(await admitted(type, bytes), 1))).toEqual([800, 600, 1]);
});

test('an animation is decoded at its own size, because its frames are shrunk together', async () => {
  const palette: Palette = [
    [0, 0, 0],
    [200, 60, 30],
  ];
  const frame = (index: number) => ({
    width: 160,
    height: 120,
    pixels: new Uint8Array(160 * 120).fill(index),
    delay: 40,
  });
  const moving = await admitted('image/gif', gif(160, 120, palette, [frame(0), frame(1)], 0));
  expect(shrinking(moving, 0.1)).toEqual({ divisor: 1, fastShrinkOnLoad: false });
  expect(sizeOf(await decode(moving, 0.1))).toEqual([160, 120, 2]);
});
