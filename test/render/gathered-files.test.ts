import { expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import type { RenderOrder } from '../../lib/ports.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { bytesOf, corners } from '../support/pictures.ts';

test('each file of a render says how far the render is, and the files end up in the order of the preset', async () => {
  const { limits } = config;
  const preset = shippedPresets.thumbnails;
  const order: RenderOrder = { contentType: 'image/jpeg', preset, limits, keepCopyright: false };
  const told: number[] = [];
  const files: string[] = [];
  const { variants } = await sharpRenderer().render(
    await bytesOf(corners(300, 200).jpeg()),
    order,
    async ({ name, format }, _, progress) => {
      told.push(progress);
      files.push(`${name}.${format}`);
    },
  );
  // Several names can have one file.
  expect(told.toSorted((a, b) => a - b).at(-1)).toBe(1);
  expect(Math.min(...told)).toBeGreaterThan(0);
  expect(told.filter((one) => one < 1).length).toBeGreaterThan(0);
  const planned = ['small', 'medium', 'large'].flatMap((name) => files.filter((file) => file.startsWith(`${name}.`)));
  expect(variants.map(({ name }) => name)).toEqual(planned.map((file) => file.split('.')[0]));
  expect(variants.map(({ name, format }) => `${name}.${format}`).sort()).toEqual(files.toSorted());
});
