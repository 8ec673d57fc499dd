import { describe, expect, test } from '@jest/globals';
import { kinds } from '../../lib/core/formats.ts';
import { variantNamePattern } from '../../lib/core/object-keys.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';

type PresetName = keyof typeof shippedPresets;

const none = Number.POSITIVE_INFINITY;

const web = [
  ['1280w', 1280, none, 'inside'],
  ['960w', 960, none, 'inside'],
  ['640w', 640, none, 'inside'],
  ['320w', 320, none, 'inside'],
  ['256w', 256, 256, 'cover'],
  ['128w', 128, 128, 'cover'],
  ['64w', 64, 64, 'cover'],
] satisfies [string, number, number, string][];

/** The presets as they are promised, one line per variant: name, width, height, fit. */
const promised = {
  web,
  wide: [['2560w', 2560, none, 'inside'], ['1920w', 1920, none, 'inside'], ...web],
  full: [['full', 16_383, 16_383, 'inside'], ['2560w', 2560, none, 'inside'], ['1920w', 1920, none, 'inside'], ...web],
  lean: web,
  gallery: [
    ['thumbnail', 300, 300, 'inside'],
    ['preview', 800, 600, 'inside'],
    ['web', 1200, 1200, 'inside'],
  ],
  thumbnails: [
    ['small', 150, 150, 'cover'],
    ['medium', 400, 400, 'cover'],
    ['large', 800, 800, 'cover'],
  ],
  specimen: [
    ['small', 300, none, 'inside'],
    ['medium', 800, none, 'inside'],
    ['large', 1200, none, 'inside'],
    ['xlarge', 2000, none, 'inside'],
  ],
} satisfies Record<PresetName, [string, number, number, string][]>;

const presetNames = Object.keys(promised) as PresetName[];
const presetOf = (name: PresetName): Preset => shippedPresets[name];

test('exactly these presets ship', () => expect(Object.keys(shippedPresets)).toEqual(presetNames));

test.each(presetNames)('the variants of %s are the promised ones, in order', (name) => {
  const { variants } = presetOf(name);
  const lines = variants.map((variant) => [variant.name, variant.width, variant.height ?? none, variant.fit]);
  expect(lines).toEqual(promised[name]);
  expect(variants.every((variant) => variantNamePattern.test(variant.name))).toBe(true);
});

test('no shipped variant looks for what draws the eye: every crop is around the centre', () => {
  const positions = presetNames.flatMap((name) => presetOf(name).variants.map((variant) => variant.position));
  expect(positions.filter((position) => position !== undefined && position !== 'centre')).toEqual([]);
});

describe('formats', () => {
  test('of web follow the kind of the original', () => {
    expect(shippedPresets.web.formats).toEqual({
      photo: ['avif', 'webp', 'jpeg'],
      graphic: ['webp', 'png'],
      transparent: ['webp', 'png'],
      animated: ['webp', 'still'],
    });
  });

  test.each(['wide', 'full'] as const)('of %s are those of web', (name) => {
    expect(shippedPresets[name].formats).toEqual(shippedPresets.web.formats);
  });

  test('of lean are those of web without WebP of photos', () => {
    expect(shippedPresets.lean.formats).toEqual({ ...shippedPresets.web.formats, photo: ['avif', 'jpeg'] });
  });

  test.each([
    ['gallery', ['webp']],
    ['thumbnails', ['own', 'webp']],
    ['specimen', ['jpeg']],
  ] as const)('of %s are %p for every kind', (name, rules) => {
    for (const kind of kinds) expect(presetOf(name).formats[kind]).toEqual(rules);
  });
});

describe('quality', () => {
  test.each([
    ['avif', 45, 55],
    ['webp', 75, 82],
    ['jpeg', 80, 85],
  ] as const)('of %s in web, wide, full and lean is chosen between %d and %d', (format, from, to) => {
    for (const name of ['web', 'wide', 'full', 'lean'] as const)
      expect(shippedPresets[name].quality[format]).toMatchObject({ from, to });
  });

  test('of the file in the original’s size is fixed, within the ranges of the others', () => {
    const [full] = presetOf('full').variants;
    expect(full).toMatchObject({ name: 'full', quality: { avif: 50, webp: 80, jpeg: 83 } });
  });

  test('of gallery is webp 85, 85 and 90', () => {
    expect(shippedPresets.gallery.variants.map((variant) => variant.quality.webp)).toEqual([85, 85, 90]);
  });

  test('of thumbnails is 85 in jpeg and in webp', () => {
    expect(shippedPresets.thumbnails.quality).toMatchObject({ webp: 85, jpeg: 85 });
  });

  test.each(['web', 'thumbnails', 'specimen'] as const)('of %s is the same for all its variants', (name) => {
    expect(presetOf(name).variants.filter((variant) => variant.quality !== undefined)).toEqual([]);
  });
});
