import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { packVersion, unpackVersion } from '../../../lib/adapters/aws/packed-version.ts';
import { begin, finish, newVersion, type Original, type Rendering, type Variant } from '../../../lib/core/image.ts';
import { shippedPresets } from '../../../lib/core/presets.ts';

const digest = (): string => randomBytes(32).toString('base64');
const at = 1_790_000_000_000;
const original: Original = { contentType: 'image/jpeg', bytes: 4_012_345, sha256: digest(), width: 4032, height: 3024 };
const settings = { preset: shippedPresets.web, keepCopyright: false };
const draft = { id: 'abcdefghijklmnopqrstuvwx23', version: 1, source: 1, preset: 'web', settings, original };
const begun = begin(newVersion({ ...draft, expiresAt: at + 900_000 }, at), at + 1000, { leaseMs: 90_000 });

const variants: readonly Variant[] = settings.preset.variants.flatMap(({ name, width }, row) =>
  (['avif', 'webp', 'jpeg'] as const).map((format, column) => {
    const [bytes, score] = [173 * width - 1111 * column, 70 + row + column / 7];
    const size = { width, height: Math.round(width * 0.75), bytes, quality: 45 + row + 10 * column };
    return { name, format, ...size, score: Math.round(score * 100) / 100, sha256: digest(), storedAt: at + 97 * bytes };
  }),
);
const readyWith = (files: readonly Variant[]) => {
  const placeholder = { thumbhash: randomBytes(24).toString('base64'), color: '#123456' };
  const rendering: Rendering = {
    kind: 'photo',
    width: 4032,
    height: 3024,
    recipe: '0123456789abcdef',
    placeholder,
    variants: files,
  };
  const spent = {
    wallMs: 3456,
    cpuMs: 3333,
    decodeMs: 301,
    resizeMs: 202,
    encodeMs: 1999,
    scoreMs: 888,
    deliverMs: 77,
  };
  return finish(begun, rendering, original, at + 6000, spent);
};

test.each([
  ['a version under way', begun],
  ['a ready one', readyWith(variants)],
  ['one without files', readyWith([])],
  ['one whose files lost nothing', readyWith(variants.map((file) => ({ ...file, quality: null })))],
  [
    'one of which only some files have a score',
    readyWith(variants.map(({ score, ...file }, row) => (row % 2 ? { ...file, score: score ?? 0 } : file))),
  ],
])('%s comes back as it was packed', (_, version) => {
  expect(unpackVersion(packVersion(version))).toEqual(version);
});

test('A version fits into the write units that an upload is counted with: one under way in 1 KB, a ready one of 21 files in 2 KB', () => {
  // What the item has beside the version: keys, positions in lists, a file name.
  const rest = 400;
  expect(variants).toHaveLength(21);
  expect(packVersion(begun).length + rest).toBeLessThan(1024);
  expect(packVersion(readyWith(variants)).length + rest).toBeLessThan(2048);
});
