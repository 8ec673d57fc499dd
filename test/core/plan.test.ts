import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Format, formats, kinds, type SourceFormat, variantFormats } from '../../lib/core/formats.ts';
import { variantNamePattern } from '../../lib/core/object-keys.ts';
import { type Encoding, formatsFor, plan, type Source } from '../../lib/core/plan.ts';
import { type Preset, shippedPresets, type VariantSpec } from '../../lib/core/presets.ts';

type PresetName = keyof typeof shippedPresets;

const photo = (width: number, height: number): Source => ({
  width,
  height,
  kind: 'photo',
  transparent: false,
  format: 'jpeg',
});

/** The files of each preset, in the order in which the table below has their sizes. */
const fileNames = {
  web: ['1280w', '960w', '640w', '320w', '256w', '128w', '64w'],
  gallery: ['thumbnail', 'preview', 'web'],
  thumbnails: ['small', 'medium', 'large'],
  specimen: ['small', 'medium', 'large', 'xlarge'],
} as const;

describe('sizes', () => {
  test.each<[keyof typeof fileNames, number, number, string]>([
    ['web', 4000, 3000, '1280×960, 960×720, 640×480, 320×240, 256×256 cut, 128×128 cut, 64×64 cut'],
    ['web', 3000, 4000, '1280×1707, 960×1280, 640×853, 320×427, 256×256 cut, 128×128 cut, 64×64 cut'],
    ['web', 100, 100, '100×100, 100×100, 100×100, 100×100, 100×100, 100×100, 64×64'],
    ['web', 10_000, 100, '1280×13, 960×10, 640×6, 320×3, 100×100 cut, 100×100 cut, 64×64 cut'],
    ['web', 100, 10_000, '100×10000, 100×10000, 100×10000, 100×10000, 100×100 cut, 100×100 cut, 64×64 cut'],
    ['web', 10_000, 10_000, '1280×1280, 960×960, 640×640, 320×320, 256×256, 128×128, 64×64'],
    ['web', 1000, 1, '1000×1, 960×1, 640×1, 320×1, 1×1 cut, 1×1 cut, 1×1 cut'],
    ['gallery', 4000, 3000, '300×225, 800×600, 1200×900'],
    ['gallery', 3000, 4000, '225×300, 450×600, 900×1200'],
    ['gallery', 700, 500, '300×214, 700×500, 700×500'],
    ['thumbnails', 4000, 3000, '150×150 cut, 400×400 cut, 800×800 cut'],
    ['thumbnails', 500, 200, '150×150 cut, 200×200 cut, 200×200 cut'],
    ['specimen', 4000, 3000, '300×225, 800×600, 1200×900, 2000×1500'],
    ['specimen', 1000, 3000, '300×900, 800×2400, 1000×3000, 1000×3000'],
  ])('of %s made of %d×%d: %s', (name, width, height, listed) => {
    const of = listed.split(', ');
    expect(of).toHaveLength(fileNames[name].length);
    const sizes = Object.fromEntries(fileNames[name].map((file, at) => [file, of[at]]));
    const encodings = plan(shippedPresets[name], photo(width, height));
    for (const format of formatsFor(shippedPresets[name], photo(width, height)))
      expect(sizesIn(format, encodings)).toEqual(sizes);
  });

  test('a crop of another shape than a square is as large as it can be without enlarging', () => {
    const preset = presetOf({ name: 'banner', width: 1200, height: 300, fit: 'cover' });
    const sizes = [photo(4000, 3000), photo(600, 600), photo(3000, 150)].map((source) =>
      sizesIn('webp', plan(preset, source)),
    );
    expect(sizes).toEqual([{ banner: '1200×300 cut' }, { banner: '600×150 cut' }, { banner: '600×150 cut' }]);
  });

  test('a crop that asks for what draws the eye keeps asking, unless there is nothing to cut', () => {
    const preset = presetOf({ name: 'face', width: 64, height: 64, fit: 'cover', position: 'attention' });
    const positions = [photo(200, 100), photo(200, 200)].map((source) => plan(preset, source)[0]?.picture.position);
    expect(positions).toEqual(['attention', 'centre']);
  });
});

describe('how many files', () => {
  test.each<[PresetName, Source, number, number]>([
    ['web', photo(4000, 3000), 21, 21],
    ['web', photo(3000, 4000), 21, 21],
    ['web', photo(100, 100), 21, 6],
    ['web', photo(100, 10_000), 21, 9],
    ['gallery', photo(4000, 3000), 3, 3],
    ['thumbnails', photo(4000, 3000), 6, 6],
    ['specimen', photo(4000, 3000), 4, 4],
    ['specimen', photo(100, 100), 4, 1],
  ])('%s of %j is %d names, of which %d differ', (name, source, files, different) => {
    const encodings = plan(shippedPresets[name], source);
    expect(encodings.flatMap((encoding) => encoding.names)).toHaveLength(files);
    expect(encodings).toHaveLength(different);
  });
});

describe('formats', () => {
  const source = (kind: Source['kind'], format: SourceFormat, transparent = false): Source => ({
    ...photo(500, 400),
    kind,
    format,
    transparent,
  });

  test.each<[PresetName, Source, Format[]]>([
    ['web', source('photo', 'jpeg'), ['avif', 'webp', 'jpeg']],
    ['web', source('photo', 'png'), ['avif', 'webp', 'jpeg']],
    ['web', source('graphic', 'png'), ['webp', 'png']],
    ['web', source('transparent', 'png', true), ['webp', 'png']],
    ['web', source('animated', 'gif'), ['webp', 'jpeg']],
    ['web', source('animated', 'gif', true), ['webp', 'png']],
    ['web', source('animated', 'webp', true), ['webp', 'png']],
    ['gallery', source('photo', 'jpeg'), ['webp']],
    ['gallery', source('transparent', 'png', true), ['webp']],
    ['thumbnails', source('photo', 'jpeg'), ['webp', 'jpeg']],
    ['thumbnails', source('photo', 'png'), ['webp', 'png']],
    ['thumbnails', source('graphic', 'png'), ['webp', 'png']],
    ['thumbnails', source('photo', 'avif'), ['webp', 'jpeg']],
    ['thumbnails', source('transparent', 'avif', true), ['webp', 'png']],
    ['thumbnails', source('transparent', 'webp', true), ['webp', 'png']],
    ['thumbnails', source('animated', 'gif'), ['webp', 'jpeg']],
    ['thumbnails', source('animated', 'gif', true), ['webp', 'png']],
    ['specimen', source('transparent', 'png', true), ['jpeg']],
    ['specimen', source('animated', 'gif'), ['jpeg']],
  ])('of %s made of %j are %p', (name, from, wanted) => {
    expect(formatsFor(shippedPresets[name], from)).toEqual(wanted);
  });

  test('a format that two rules arrive at is made once', () => {
    const preset = { ...presetOf({ name: 'a', width: 9, fit: 'inside' }), formats: everyKind('own', 'still', 'jpeg') };
    expect(plan(preset, source('photo', 'jpeg'))).toHaveLength(1);
  });

  test('only an animated original moves, and only in a format that can', () => {
    fc.assert(
      fc.property(presets, sources, (preset, from) => {
        for (const { animated, format } of plan(preset, from))
          expect(animated).toBe(from.kind === 'animated' && formats[format].animation);
      }),
    );
  });

  test('with rules that ask the pixels, what is transparent never becomes a jpeg', () => {
    const { web, thumbnails } = shippedPresets;
    fc.assert(
      fc.property(fc.constantFrom(web, thumbnails), sources, (preset, from) => {
        fc.pre(from.transparent);
        expect(formatsFor(preset, from)).not.toContain('jpeg');
      }),
    );
  });
});

test('a limit on the bytes of a variant holds for what loses something', () => {
  const preset = {
    ...presetOf({ name: 'small', width: 50, fit: 'inside', maxBytes: 4000 }),
    formats: everyKind('webp', 'png'),
  };
  expect(plan(preset, photo(500, 400)).map(({ format, maxBytes }) => [format, maxBytes])).toEqual([
    ['webp', 4000],
    ['png', undefined],
  ]);
});

describe('quality', () => {
  test('is that of the variant where it names one, and that of its preset otherwise', () => {
    const of = (name: PresetName) =>
      plan(shippedPresets[name], photo(4000, 3000)).map((encoding) => [encoding.names[0], encoding.quality]);
    expect(of('gallery')).toEqual([
      ['thumbnail', 85],
      ['preview', 85],
      ['web', 90],
    ]);
    expect(new Set(of('specimen').map(([, quality]) => quality))).toEqual(new Set([85]));
  });

  test('of png is null, and of nothing else', () => {
    fc.assert(
      fc.property(presets, sources, (preset, from) =>
        plan(preset, from).every(({ format, quality }) => (quality === null) === (format === 'png')),
      ),
    );
  });

  test('keeps pictures of the same size apart', () => {
    const variants = [85, 90].map((webp) => ({
      name: `q${webp}`,
      width: 50,
      fit: 'inside' as const,
      quality: { webp },
    }));
    expect(plan(presetOf(...variants), photo(500, 400))).toHaveLength(2);
  });
});

const everyKind = (...rules: Preset['formats']['photo']): Preset['formats'] => ({
  photo: rules,
  graphic: rules,
  transparent: rules,
  animated: rules,
});

const presetOf = (...variants: Preset['variants']): Preset => ({
  variants,
  formats: everyKind('webp'),
  quality: { avif: 50, webp: 80, jpeg: 80 },
});

const side = fc.integer({ min: 1, max: 16_383 });
const step = fc.integer({ min: 1, max: 100 });
const quality = fc.oneof(step, fc.record({ from: step, to: step, score: fc.integer({ min: 0, max: 100 }) }));
const rules = fc.uniqueArray(fc.constantFrom(...variantFormats, 'still' as const, 'own' as const), { minLength: 1 });
const ownPresets: fc.Arbitrary<Preset> = fc.record({
  variants: fc.uniqueArray(
    fc.record(
      {
        name: fc.stringMatching(variantNamePattern),
        width: side,
        height: fc.option(side, { nil: undefined }),
        fit: fc.constantFrom('inside' as const, 'cover' as const),
        position: fc.constantFrom('centre' as const, 'attention' as const),
        quality: fc.record({ webp: quality, jpeg: quality }, { requiredKeys: [] }),
      },
      { requiredKeys: ['name', 'width', 'fit'] },
    ),
    { minLength: 1, maxLength: 12, selector: (variant) => variant.name },
  ),
  formats: fc.record({ photo: rules, graphic: rules, transparent: rules, animated: rules }),
  quality: fc.record({ avif: quality, webp: quality, jpeg: quality }),
});
const presets: fc.Arbitrary<Preset> = fc.oneof(
  fc.constantFrom<Preset>(...Object.values<Preset>(shippedPresets)),
  ownPresets,
);
const length = fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 300 }));
const sources: fc.Arbitrary<Source> = fc
  .record({
    width: length,
    height: length,
    kind: fc.constantFrom(...kinds),
    transparentWhereItMoves: fc.boolean(),
    format: fc.constantFrom(...(Object.keys(formats) as SourceFormat[])),
  })
  .map(({ transparentWhereItMoves, ...source }) => ({
    ...source,
    transparent: source.kind === 'transparent' || (source.kind === 'animated' && transparentWhereItMoves),
  }));

const always = (fact: (preset: Preset, source: Source) => void) =>
  fc.assert(fc.property(presets, sources, fact), { numRuns: 500 });

describe('for any preset and any original', () => {
  test('every name has every format of the kind exactly once', () => {
    always((preset, source) => {
      const wanted = preset.variants.flatMap(({ name }) => formatsFor(preset, source).map((f) => `${name}.${f}`));
      const made = plan(preset, source).flatMap(({ names, format }) => names.map((name) => `${name}.${format}`));
      expect(made.sort()).toEqual(wanted.sort());
    });
  });

  test('no variant is larger than its original, nor empty', () => {
    always((preset, source) => {
      for (const { picture } of plan(preset, source)) {
        expect(fits(picture, source) && fits({ width: 1, height: 1 }, picture)).toBe(true);
        expect([picture.width, picture.height].every(Number.isInteger)).toBe(true);
      }
    });
  });

  test('no variant leaves its box', () => {
    always((preset, source) => {
      const boxes = new Map(preset.variants.map((spec) => [spec.name, boxOf(spec)]));
      for (const { picture, names } of plan(preset, source))
        expect(names.filter((name) => !fits(picture, boxes.get(name) ?? { width: 0, height: 0 }))).toEqual([]);
    });
  });

  test('what keeps the whole picture keeps its shape, to the pixel', () => {
    always((preset, source) => {
      for (const { picture } of plan(preset, source))
        if (picture.fit === 'inside') {
          const scales = [scaleRange(picture.width, source.width), scaleRange(picture.height, source.height)] as const;
          expect(Math.max(scales[0][0], scales[1][0])).toBeLessThanOrEqual(Math.min(scales[0][1], scales[1][1]));
        }
    });
  });

  test('identical pictures are encoded once', () => {
    always((preset, source) => {
      const pictures = plan(preset, source).map(({ names, ...file }) => JSON.stringify(file));
      expect(new Set(pictures).size).toBe(pictures.length);
    });
  });

  test('the same plan comes out again', () => {
    always((preset, source) => expect(plan(preset, source)).toEqual(plan(preset, source)));
  });
});

type Size = { readonly width: number; readonly height: number };
const fits = (size: Size, box: Size) => size.width <= box.width && size.height <= box.height;

const boxOf = ({ width, height, fit }: VariantSpec): Size => ({
  width,
  height: height ?? (fit === 'cover' ? width : Number.POSITIVE_INFINITY),
});

/** The scales that round to this length. A picture is never thinner than one pixel, so one pixel is any smaller scale. */
const scaleRange = (length: number, original: number): readonly [number, number] => [
  length === 1 ? 0 : (length - 0.5) / original - 1e-9,
  (length + 0.5) / original + 1e-9,
];

const sizesIn = (format: Format, encodings: readonly Encoding[]) =>
  Object.fromEntries(
    encodings
      .filter((encoding) => encoding.format === format)
      .flatMap(({ names, picture }) =>
        names.map((name) => [name, `${picture.width}×${picture.height}${picture.fit === 'cover' ? ' cut' : ''}`]),
      ),
  );
