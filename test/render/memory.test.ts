import { expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { formats, type SourceFormat } from '../../lib/core/formats.ts';
import type { Preset } from '../../lib/core/presets.ts';
import { memoryFor, refuseByMemory } from '../../lib/render/memory.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { bytesOf, corners, noise } from '../support/pictures.ts';

const mebibyte = 1024 * 1024;

test.each(Object.keys(formats) as SourceFormat[])(
  'the largest %s that the limits accept fits into 2048 MB',
  (format) => {
    const pixels = config.limits.maxPixels[format];
    expect(memoryFor({ width: pixels / 1000, height: 1000, frames: 1, format })).toBeLessThan(2048 * mebibyte);
  },
);

test('the largest animation that the limits accept fits into 2048 MB', () => {
  const { maxAnimationPixels, maxFrames } = config.limits;
  const picture = { width: maxAnimationPixels / maxFrames / 1000, height: 1000, frames: maxFrames } as const;
  for (const format of ['gif', 'webp'] as const)
    expect(memoryFor({ ...picture, format })).toBeLessThan(2048 * mebibyte);
});

test('a picture that would take more memory than is given is too big, and told how much', () => {
  const avif = { width: 5000, height: 5000, frames: 1, format: 'avif' } as const;
  expect(() => refuseByMemory(avif, 512 * mebibyte)).toThrow(
    expect.objectContaining({
      code: 'too-big',
      message:
        'The picture is 5000×5000 pixels; as AVIF that takes up to 630 MB of memory, and 512 MB are given. Make it smaller.',
    }),
  );
  expect(() => refuseByMemory({ ...avif, format: 'jpeg' }, 512 * mebibyte)).not.toThrow();
});

test('a variant in the size of a large original takes memory of its own, and one 2560 wide does not', () => {
  const photo = { width: 6000, height: 4000, frames: 1, format: 'jpeg' } as const;
  expect(memoryFor(photo, 2560 * 1707)).toBe(memoryFor(photo));
  expect(memoryFor(photo, 6000 * 4000) - memoryFor(photo)).toBeGreaterThan(500 * mebibyte);
  expect(() => refuseByMemory(photo, 512 * mebibyte, 6000 * 4000)).toThrow(
    expect.objectContaining({ code: 'too-big', size: { width: 6000, height: 4000 } }),
  );
});

test('a renderer with too little memory for the file in the original’s size refuses before it decodes', async () => {
  const picture = await bytesOf(corners(4000, 3000).jpeg());
  const order = { contentType: 'image/jpeg', limits: config.limits, keepCopyright: false } as const;
  const renderer = sharpRenderer({ memoryBytes: 300 * mebibyte });
  const rendering = renderer.render(
    picture,
    { ...order, preset: config.presets.full as Preset },
    async () => undefined,
  );
  await expect(rendering).rejects.toMatchObject({ code: 'too-big', size: { width: 4000, height: 3000 } });
});

test('a renderer refuses by memory before it decodes', async () => {
  const picture = await bytesOf(noise(300, 200).jpeg());
  const order = { contentType: 'image/jpeg', preset: config.presets.web, limits: config.limits, keepCopyright: false };
  const rendering = sharpRenderer({ memoryBytes: mebibyte }).render(picture, order as never, async () => undefined);
  await expect(rendering).rejects.toMatchObject({ code: 'too-big', size: { width: 300, height: 200 } });
});
