import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { shippedPresets } from '../../lib/core/presets.ts';
import { recipeOf, software } from '../../lib/render/recipe.ts';

describe('a recipe', () => {
  test('changes with the preset and with what is kept of the copyright', () => {
    const recipes = [shippedPresets.web, shippedPresets.gallery].flatMap((preset) => [
      recipeOf(preset),
      recipeOf(preset, true),
    ]);
    expect(new Set(recipes).size).toBe(4);
    const kept = { ...shippedPresets.web, keep: ['copyright'] } as const;
    expect(recipes).not.toContain(recipeOf(kept));
    expect(recipeOf(shippedPresets.web, false)).toBe(recipeOf(structuredClone(shippedPresets.web)));
  });

  test.each([
    ...[
      'renderer',
      'platform',
      'ssimulacra2',
      'sharp',
      'vips',
      'aom',
      'heif',
      'webp',
      'mozjpeg',
      'png',
      'lcms',
      'cgif',
    ],
  ])('changes with the version of %s', (name) => {
    expect(software[name]).toMatch(/./);
    const other = { ...software, [name]: `${software[name]}0` };
    expect(recipeOf(shippedPresets.web, false, other)).not.toBe(recipeOf(shippedPresets.web));
  });

  test('names the versions of the codecs that are loaded', () => {
    expect(sharp.versions).toMatchObject(
      Object.fromEntries(Object.entries(software).filter(([name]) => name in sharp.versions)),
    );
  });
});
