import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import config from '../../darkroom.config.ts';
import type { ContentType } from '../../lib/core/formats.ts';
import type { Original } from '../../lib/core/image.ts';
import { manifestOf } from '../../lib/core/manifest.ts';
import type { Preset } from '../../lib/core/presets.ts';
import type { EarlierFile, Rendered } from '../../lib/ports.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { draw, landscape } from '../system/conformance/draw/canvas.ts';
import sharp, { open } from '../system/conformance/draw/sharp.ts';

const renderer = sharpRenderer();
const range = (score: number) => ({ from: 30, to: 92, score });

/** With a probe of the search (`probe`), a file that begins its search there (`large`), a crop and a tiny picture. */
const before: Preset = {
  variants: [
    { name: 'large', width: 420, fit: 'inside' },
    { name: 'probe', width: 210, fit: 'inside' },
    { name: 'crop', width: 110, height: 110, fit: 'cover' },
    { name: 'tiny', width: 64, fit: 'inside' },
  ],
  formats: {
    photo: ['avif', 'webp', 'jpeg'],
    graphic: ['webp', 'png'],
    transparent: ['avif', 'webp', 'png'],
    animated: ['webp', 'still'],
  },
  quality: { avif: range(68), webp: range(72), jpeg: range(76) },
};

type Settings = { readonly preset: Preset; readonly keepCopyright: boolean };
type Change = (settings: Settings) => Settings;
const inPreset =
  (change: (preset: Preset) => Partial<Preset>): Change =>
  (settings) => ({ ...settings, preset: { ...settings.preset, ...change(settings.preset) } });
const inVariant = (name: string, more: object): Change =>
  inPreset(({ variants }) => ({ variants: variants.map((one) => (one.name === name ? { ...one, ...more } : one)) }));
const withVariant = (...more: Preset['variants']): Change =>
  inPreset(({ variants }) => ({ variants: [...more, ...variants] }));

const changes = {
  'another score of AVIF': inPreset(({ quality }) => ({ quality: { ...quality, avif: range(60) } })),
  'one quality of WebP': inPreset(({ quality }) => ({ quality: { ...quality, webp: 70 } })),
  'another range of JPEG': inPreset(({ quality }) => ({ quality: { ...quality, jpeg: { ...range(76), to: 70 } } })),
  'another quality of one size': inVariant('large', { quality: { avif: range(75) } }),
  'a limit on the bytes of one size': inVariant('large', { maxBytes: 4000 }),
  'a crop around what draws the eye': inVariant('crop', { position: 'attention' }),
  'another size of the probe': inVariant('probe', { width: 190 }),
  'another name': inVariant('crop', { name: 'square' }),
  'a smaller size more': withVariant({ name: 'small', width: 120, fit: 'inside' }),
  'a larger size, for which the original is decoded otherwise': withVariant({
    name: 'larger',
    width: 500,
    fit: 'inside',
  }),
  'a size less': inPreset(({ variants }) => ({ variants: variants.slice(0, -1) })),
  'a format more': inPreset(({ formats }) => ({ formats: { ...formats, photo: ['avif', 'webp', 'jpeg', 'png'] } })),
  'a format less': inPreset(({ formats }) => ({ formats: { ...formats, photo: ['avif', 'jpeg'] } })),
  'the copyright kept': ((settings) => ({ ...settings, keepCopyright: true })) satisfies Change,
  nothing: ((settings) => settings) satisfies Change,
} as const;
type ChangeName = keyof typeof changes;

type Picture = { readonly contentType: ContentType; readonly bytes: Uint8Array };
type Made = {
  readonly rendered: Rendered;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly copied: readonly string[];
};

const nameOf = ({ name, format }: { readonly name: string; readonly format: string }) => `${name}.${format}`;

const earlierFiles = ({ variants, crops }: Rendered): readonly EarlierFile[] =>
  (variants as readonly EarlierFile[]).map((file) => {
    const cut = crops?.[file.name];
    return { ...file, ...(cut && { cut }) };
  });

/** A render, by difference if there is one before; the copies are those of the files before. */
const made = async ({ bytes, contentType }: Picture, settings: Settings, earlier?: Made): Promise<Made> => {
  const files = new Map<string, Uint8Array>();
  const copied: string[] = [];
  const order = {
    ...settings,
    contentType,
    limits: config.limits,
    ...(earlier && { earlier: earlierFiles(earlier.rendered) }),
  };
  const rendered = await renderer.render(
    bytes,
    order,
    async (variant, file) => void files.set(nameOf(variant), file),
    async (variant) => {
      const source = earlier?.rendered.variants.find(({ fingerprint }) => fingerprint === variant.fingerprint);
      files.set(nameOf(variant), earlier?.files.get(source ? nameOf(source) : '') ?? new Uint8Array());
      copied.push(nameOf(variant));
      return true;
    },
  );
  return { rendered, files, copied };
};

const manifest = ({ rendered }: Made, { bytes, contentType }: Picture): string => {
  const original: Original = { contentType, bytes: bytes.length, sha256: 'x', ...rendered.original };
  return manifestOf('a preset', original, rendered);
};

const settingsAfter = (names: readonly ChangeName[]): Settings =>
  names.reduce<Settings>((settings, name) => changes[name](settings), { preset: before, keepCopyright: false });

/** Renders the changed settings in both ways, and expects the same. Resolves to the files that were copied. */
const bothWays = async (picture: Picture, first: Made, names: readonly ChangeName[]): Promise<readonly string[]> => {
  const settings = settingsAfter(names);
  const whole = await made(picture, settings);
  const byDifference = await made(picture, settings, first);
  expect(manifest(byDifference, picture)).toBe(manifest(whole, picture));
  expect(byDifference.rendered.crops).toEqual(whole.rendered.crops);
  expect([...byDifference.files.keys()].sort()).toEqual([...whole.files.keys()].sort());
  for (const [name, file] of whole.files)
    expect([name, isSame(byDifference.files.get(name), file)]).toEqual([name, true]);
  return byDifference.copied.toSorted();
};

const isSame = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.compare(one, other) === 0;

const film = (): Promise<Buffer> => {
  const frames = [4, 5].map((seed) => landscape(300, 200, seed).data);
  return sharp(Buffer.concat(frames), { raw: { width: 300, height: 400, channels: 3, pageHeight: 200 } })
    .gif({ delay: [80, 80] })
    .toBuffer();
};
const colours = [
  [20, 30, 40],
  [240, 240, 240],
  [200, 30, 30],
  [30, 120, 200],
  [250, 210, 60],
] as const;
/** So plain that a near-lossless WebP is smaller than a lossy one at each size. */
const tiles = draw(840, 560, (x, y) => colours[((x >> 5) * 7 + (y >> 5) * 13) % 5] ?? colours[0]);
const faded = draw(240, 180, (x, y) => [x & 255, y & 255, 90, x & 255], 4);

describe('of a photograph', () => {
  let photo: Picture;
  let first: Made;
  beforeAll(async () => {
    const drawn = open(landscape(1290, 860, 3)).withExif({ IFD0: { Copyright: 'Ada' } });
    photo = { contentType: 'image/jpeg', bytes: await drawn.jpeg({ quality: 90 }).toBuffer() };
    first = await made(photo, settingsAfter([]));
  });

  const of = (formats: readonly string[], names: readonly string[]) =>
    names.flatMap((name) => formats.map((format) => `${name}.${format}`)).sort();
  const all = ['avif', 'webp', 'jpeg'];
  const every = ['large', 'probe', 'crop', 'tiny'];

  test.each<[ChangeName, readonly string[]]>([
    ['another score of AVIF', of(['webp', 'jpeg'], every)],
    ['one quality of WebP', of(['avif', 'jpeg'], every)],
    ['another range of JPEG', of(['avif', 'webp'], every)],
    ['another quality of one size', of(all, every).filter((name) => name !== 'large.avif')],
    ['a limit on the bytes of one size', of(all, ['probe', 'crop', 'tiny'])],
    ['a crop around what draws the eye', of(all, ['large', 'probe', 'tiny'])],
    ['another size of the probe', of(all, ['crop', 'tiny'])],
    ['another name', of(all, ['large', 'probe', 'square', 'tiny'])],
    ['a smaller size more', of(all, every)],
    ['a larger size, for which the original is decoded otherwise', []],
    ['a size less', of(all, ['large', 'probe', 'crop'])],
    ['a format more', of(all, every)],
    ['a format less', of(['avif', 'jpeg'], every)],
    ['the copyright kept', []],
    ['nothing', of(all, every)],
  ])('%s gives the files of a whole render, and copies what is the same', async (change, copied) => {
    expect(await bothWays(photo, first, [change])).toEqual(copied);
  });

  test('a file that cannot be copied is encoded, and comes out the same', async () => {
    const settings = settingsAfter(['another score of AVIF']);
    const earlier = earlierFiles(first.rendered);
    const order = { ...settings, contentType: photo.contentType, limits: config.limits, earlier };
    const encoded: string[] = [];
    const rendered = await renderer.render(
      photo.bytes,
      order,
      async (variant) => void encoded.push(nameOf(variant)),
      async ({ name }) => name !== 'probe',
    );
    expect(encoded.sort()).toEqual([...of(['avif'], every), 'probe.jpeg', 'probe.webp'].sort());
    const whole = await made(photo, settings);
    expect(manifest({ ...whole, rendered }, photo)).toBe(manifest(whole, photo));
  });
});

test.each<[string, () => Promise<Picture>]>([
  ['a transparent picture', async () => ({ contentType: 'image/png', bytes: await open(faded).png().toBuffer() })],
  ['an animation', async () => ({ contentType: 'image/gif', bytes: await film() })],
])('any changes of %s give the files of a whole render', async (_, draw) => {
  const picture = await draw();
  const first = await made(picture, settingsAfter([]));
  const names = Object.keys(changes) as ChangeName[];
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(names, { minLength: 1, maxLength: 3 }), async (some) => {
      await bothWays(picture, first, some);
    }),
    { seed: 7, numRuns: 2, endOnFailure: true },
  );
});

describe('of a graphic', () => {
  let shot: Picture;
  let first: Made;
  beforeAll(async () => {
    shot = { contentType: 'image/png', bytes: await open(tiles).png().toBuffer() };
    first = await made(shot, settingsAfter([]));
  });

  test.each<[ChangeName, readonly string[]]>([
    ['a smaller size more', ['crop', 'large', 'tiny']],
    ['another quality of one size', ['crop', 'large', 'tiny']],
    ['another name', ['large', 'square', 'tiny']],
  ])(
    '%s gives the files of a whole render, although a near-lossless file does not say where a search begins',
    async (change, copied) => {
      const probe = first.rendered.variants.find(({ name, format }) => `${name}.${format}` === 'probe.webp');
      expect([probe?.quality, probe?.why]).toEqual([null, expect.stringMatching(/lossless/)]);
      const names = await bothWays(shot, first, [change]);
      expect(names.filter((name) => name.endsWith('.webp'))).toEqual(copied.map((name) => `${name}.webp`));
    },
  );
});
