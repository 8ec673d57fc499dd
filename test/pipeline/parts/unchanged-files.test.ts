import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Config, defineConfig } from '../../../lib/core/config.ts';
import type { Ready } from '../../../lib/core/image.ts';
import { manifestKey, originalKey, variantKey } from '../../../lib/core/object-keys.ts';
import type { Preset } from '../../../lib/core/presets.ts';
import { removeImage } from '../../../lib/pipeline/remove-image.ts';
import { leaseMsFor, type RenderWorld, renderImage } from '../../../lib/pipeline/render-image.ts';
import { repairImage } from '../../../lib/pipeline/repair-image.ts';
import { reprocessImage } from '../../../lib/pipeline/reprocess-image.ts';
import { bytesOf, noise } from '../../support/pictures.ts';
import { openWorld, type TestWorld } from '../../support/world.ts';

const formats = {
  photo: ['webp', 'jpeg'],
  graphic: ['webp', 'jpeg'],
  transparent: ['webp'],
  animated: ['webp'],
} as const;
const thumbnails: Preset = {
  variants: [
    { name: 'large', width: 100, fit: 'inside' },
    { name: 'small', width: 40, fit: 'inside' },
  ],
  formats,
  quality: { avif: 50, webp: { from: 40, to: 90, score: 70 }, jpeg: 80 },
};
const changed: Preset = { ...thumbnails, quality: { ...thumbnails.quality, webp: { from: 40, to: 90, score: 50 } } };
const configWith = (preset: Preset): Config =>
  defineConfig({ presets: { thumbnails: preset }, defaultPreset: 'thumbnails' });

let world: TestWorld;
let id: string;
let first: Ready;
let photo: Uint8Array;
/** The keys of the files that were encoded, and of those that were copied. */
let puts: string[];
let copies: string[];

const watched = (more: Partial<RenderWorld> = {}): RenderWorld => ({
  ...world,
  variants: {
    ...world.variants,
    put: async (key, bytes) => {
      if (!key.endsWith('.json')) puts.push(key);
      await world.variants.put(key, bytes);
    },
    copy: async (from, to, sha256) => {
      const isCopied = await world.variants.copy(from, to, sha256);
      if (isCopied) copies.push(to);
      return isCopied;
    },
  },
  ...more,
});

beforeEach(async () => {
  world = await openWorld();
  photo = await bytesOf(noise(120, 120).jpeg());
  id = await world.arrive(photo);
  await renderImage({ ...world, config: configWith(thumbnails) }, { id, version: 1 });
  first = await world.ready(id);
  [puts, copies] = [[], []];
});
afterEach(() => world.close());

const key = (version: number, file: string) => {
  const [name = '', format] = file.split('.');
  return variantKey({ id, version, name, format: format as 'webp' });
};
const keys = (version: number, ...files: readonly string[]) => files.map((file) => key(version, file)).sort();

/** Reprocesses by a preset, and renders what that asks for. */
const reprocess = async (preset: Preset, more: Partial<RenderWorld> = {}) => {
  const config = configWith(preset);
  const ref = await reprocessImage({ ...world, config }, id, {});
  return renderImage(watched({ config, ...more }), ref);
};
const bytesAt = async (at: string) => Buffer.from((await world.variants.get(at)) ?? []);
/** The manifest of the version as a render of everything makes it. */
const wholeManifest = async (preset: Preset): Promise<string> => {
  const other = await openWorld();
  try {
    const same = await other.arrive(photo);
    await renderImage({ ...other, config: configWith(preset) }, { id: same, version: 1 });
    return new TextDecoder().decode(await other.variants.get(manifestKey({ id: same, version: 1 })));
  } finally {
    await other.close();
  }
};
const everyFile = ['large.jpeg', 'large.webp', 'small.jpeg', 'small.webp'];

describe('a reprocess by other settings of WebP', () => {
  test('encodes WebP, copies JPEG, and gives what a render of everything gives', async () => {
    expect(await reprocess(changed)).toMatchObject({ end: 'ready', copied: 2 });
    expect(puts.sort()).toEqual(keys(2, 'large.webp', 'small.webp'));
    expect(copies.sort()).toEqual(keys(2, 'large.jpeg', 'small.jpeg'));
    expect(String(await bytesAt(manifestKey({ id, version: 2 })))).toBe(await wholeManifest(changed));
    for (const name of ['large', 'small'])
      expect(await bytesAt(key(2, `${name}.jpeg`))).toEqual(await bytesAt(key(1, `${name}.jpeg`)));
  });

  test('keeps digest, score and quality of a copied file, and says when the copy was stored', async () => {
    world.pass(60_000);
    await reprocess(changed);
    const of = ({ rendering }: Ready) =>
      rendering.variants.find(({ name, format }) => name === 'large' && format === 'jpeg');
    const [before, after] = [of(first), of(await world.ready(id, 2))];
    expect({ ...after, storedAt: 0 }).toEqual({ ...before, storedAt: 0 });
    expect(after?.storedAt).toBeGreaterThanOrEqual((before?.storedAt ?? 0) + 60_000);
  });

  test('leaves a version whose copied files a repair can make again', async () => {
    await reprocess(changed);
    const before = await bytesAt(key(2, 'large.jpeg'));
    await world.variants.remove(keys(2, 'large.jpeg'));
    const config = configWith(changed);
    expect(await repairImage({ ...world, config }, { id, version: 2 })).toEqual({ restored: 1, unlike: 0 });
    expect(await bytesAt(key(2, 'large.jpeg'))).toEqual(before);
  });

  test.each<[string, () => Promise<void>]>([
    ['is missing', () => world.variants.remove(keys(1, 'large.jpeg'))],
    ['has other bytes', () => world.variants.put(key(1, 'large.jpeg'), new Uint8Array(9))],
  ])('encodes a file that %s in the version before', async (_, harm) => {
    const whole = await bytesAt(key(1, 'large.jpeg'));
    await harm();
    expect(await reprocess(changed)).toMatchObject({ end: 'ready', copied: 1 });
    expect(copies).toEqual(keys(2, 'small.jpeg'));
    expect(await bytesAt(key(2, 'large.jpeg'))).toEqual(whole);
    expect(String(await bytesAt(manifestKey({ id, version: 2 })))).toBe(await wholeManifest(changed));
  });

  test.each<[string, (manifest: string) => string | undefined]>([
    ['is missing', () => undefined],
    ['cannot be read', (manifest) => manifest.slice(0, -9)],
    ['is of a release that noted no fingerprints', (manifest) => manifest.replaceAll('"fingerprint"', '"other"')],
    ['names other digests than the catalogue', (manifest) => manifest.replaceAll('"sha256": "', '"sha256": "x')],
  ])('encodes everything if the manifest before %s', async (_, damage) => {
    const at = manifestKey({ id, version: 1 });
    const text = damage(String(await bytesAt(at)));
    if (text === undefined) await world.variants.remove([at]);
    else await world.variants.put(at, new TextEncoder().encode(text));
    expect(await reprocess(changed)).toMatchObject({ end: 'ready', copied: 0 });
    expect(puts.sort()).toEqual(keys(2, ...everyFile));
  });

  test('copies nothing when its lease is over', async () => {
    const { renderer } = world;
    const slow: typeof renderer = {
      ...renderer,
      render: (original, order, deliver, takeOver) => {
        world.pass(leaseMsFor(world.config));
        return renderer.render(original, order, deliver, takeOver);
      },
    };
    expect(await reprocess(changed, { renderer: slow })).toMatchObject({ end: 'put-back', trouble: 'standstill' });
    expect([...puts, ...copies]).toEqual([]);
  });

  test('leaves nothing of an image that is deleted while it copies', async () => {
    const { variants } = watched();
    let deletion: Promise<unknown> | undefined;
    const copy: typeof variants.copy = async (...file) => {
      if (await world.catalogue.find(id)) deletion ??= removeImage(world, id);
      await deletion;
      return variants.copy(...file);
    };
    expect(await reprocess(changed, { variants: { ...variants, copy } })).toMatchObject({ end: 'ignored' });
    for (const file of everyFile) expect(await world.variants.head(key(2, file))).toBeUndefined();
  });
});

test('a reprocess by the same settings copies every file', async () => {
  expect(await reprocess(thumbnails)).toMatchObject({ end: 'ready', copied: 4 });
  expect(puts).toEqual([]);
  expect(await bytesAt(manifestKey({ id, version: 2 }))).toEqual(await bytesAt(manifestKey({ id, version: 1 })));
});

test('a file is copied under another name too', async () => {
  const renamed = { ...thumbnails, variants: thumbnails.variants.map((one) => ({ ...one, name: `${one.name}-2` })) };
  expect(await reprocess(renamed)).toMatchObject({ end: 'ready', copied: 4 });
  expect(await bytesAt(key(2, 'large-2.webp'))).toEqual(await bytesAt(key(1, 'large.webp')));
});

test('a version of another original copies nothing', async () => {
  const other = await bytesOf(noise(120, 120).jpeg({ quality: 60 }));
  await world.originals.remove([originalKey({ id, version: 1 })]);
  await world.originals.put(originalKey({ id, version: 1 }), other);
  const draft = { ...first.original, sha256: null, bytes: other.length };
  const config = configWith(thumbnails);
  const ref = await reprocessImage({ ...world, config }, id, { from: { ...first, original: draft } });
  expect(await renderImage(watched({ config }), ref)).toMatchObject({ end: 'ready', copied: 0 });
});
