import { expect, test } from '@jest/globals';
import { manifestOf } from '../../lib/core/manifest.ts';

const original = { contentType: 'image/jpeg', bytes: 9, sha256: 'abc', width: 4, height: 3 } as const;
const variant = {
  name: '64w',
  format: 'webp',
  width: 4,
  height: 3,
  bytes: 5,
  quality: 78,
  score: 70.5,
  sha256: 'def',
} as const;
const rendered = {
  kind: 'photo',
  width: 4,
  height: 3,
  recipe: '0123',
  placeholder: { thumbhash: 'aa', color: '#000000' },
  variants: [{ ...variant, encoder: { effort: 4 } }],
  original: { width: 4, height: 3 },
  software: { sharp: '1.2.3' },
  spent: { wallMs: 1, cpuMs: 2, decodeMs: 3, resizeMs: 4, encodeMs: 5, scoreMs: 6, deliverMs: 7 },
} as const;

test('a manifest lists the preset, the recipe, the original and every file with what made it', () => {
  expect(JSON.parse(manifestOf('web', original, rendered))).toEqual({
    recipe: '0123',
    preset: 'web',
    original,
    kind: 'photo',
    width: 4,
    height: 3,
    placeholder: rendered.placeholder,
    variants: [{ file: '64w.webp', ...variant, encoder: { effort: 4 } }],
    software: rendered.software,
  });
});

test('the same input gives the same bytes, ending in a line break', () => {
  const bytes = manifestOf('web', original, rendered);
  expect(bytes).toBe(manifestOf('web', structuredClone(original), structuredClone(rendered)));
  expect(bytes.endsWith('}\n')).toBe(true);
});

test('what a render cost does not show in it', () => {
  const slower = { ...rendered, spent: { ...rendered.spent, wallMs: 12345 } };
  expect(manifestOf('web', original, slower)).toBe(manifestOf('web', original, rendered));
});
