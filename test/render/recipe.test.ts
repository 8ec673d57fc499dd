import { describe, expect, test } from '@jest/globals';
import { shippedPresets } from '../../lib/core/presets.ts';
import { recipeOf } from '../../lib/render/recipe.ts';

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
});
