import { utimes } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { defineConfig } from '../../lib/core/config.ts';
import { BadPicture } from '../../lib/core/errors.ts';
import { expire, maxAttempts, newVersion, type Pending, type Ready } from '../../lib/core/image.ts';
import { manifestKey, originalKey, variantKey } from '../../lib/core/object-keys.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { Troubled } from '../../lib/core/trouble.ts';
import { auditStore, filesOf, letterOfHour } from '../../lib/pipeline/audit-store.ts';
import { renderImage } from '../../lib/pipeline/render-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

const dayMs = 24 * 3600_000;
let world: TestWorld;
let photo: Uint8Array;
beforeAll(async () => {
  photo = await bytesOf(noise(120, 120).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const readyImage = async (letter?: string) => {
  const id = await world.arrive(photo, letter);
  await sweep(world, 0);
  await world.drain();
  return world.ready(id);
};
/** As if it had been written so long before the clock of this test. */
const age = async (store: TestWorld['variants'], key: string, ms: number) => {
  const at = (world.clock.now() - ms) / 1000;
  await utimes(store.path(key), at, at);
};
const clean = { orphans: 0, held: 0, repaired: 0, lost: 0 };
const strangerId = `a${'z'.repeat(25)}`;

describe('an audit', () => {
  test('finds nothing where everything is as the catalogue says', async () => {
    const { id } = await readyImage();
    for (const key of filesOf(await world.ready(id))) await age(world.variants, key, 2 * dayMs);
    expect(await auditStore(world, 'a')).toEqual(clean);
  });

  test('makes missing files of a ready version again, with the very same bytes', async () => {
    const ready = await readyImage();
    const files = filesOf(ready);
    const before = await Promise.all(files.map((key) => world.variants.get(key)));
    const missing = files.filter((_, at) => at % 2 === 0);
    await world.variants.remove(missing);
    expect(await auditStore(world, 'a')).toEqual({ ...clean, repaired: 1 });
    await world.drain();
    expect(await Promise.all(files.map((key) => world.variants.get(key)))).toEqual(before);
    expect(await world.ready(ready.id)).toEqual(ready);
    expect(await auditStore(world, 'a')).toEqual(clean);
  });

  test('notices a version of which every file is gone', async () => {
    const ready = await readyImage();
    await world.variants.remove(filesOf(ready));
    expect(await auditStore(world, 'a')).toEqual({ ...clean, repaired: 1 });
    await world.drain();
    for (const key of filesOf(ready)) expect(await world.variants.head(key)).toBeDefined();
  });

  test('makes a file again that is shorter than published', async () => {
    const ready = await readyImage();
    const [cut = ''] = filesOf(ready);
    const before = await world.variants.get(cut);
    await world.variants.put(cut, (before ?? photo).subarray(0, 10));
    expect(await auditStore(world, 'a')).toEqual({ ...clean, repaired: 1 });
    await world.drain();
    expect(await world.variants.get(cut)).toEqual(before);
  });

  describe('of a visible version whose newer one has failed', () => {
    let ready: Ready;
    beforeEach(async () => {
      ready = await readyImage();
      const { id } = ready;
      // A new original, which is bad.
      const draft = (version: number) =>
        newVersion({ ...ready, version, source: version, expiresAt: world.clock.now() + 1000 }, world.clock.now());
      await world.catalogue.addVersion({ id, draft });
      await world.originals.put(originalKey({ id, version: 2 }), photo.subarray(0, 20));
      const render = () => Promise.reject(new BadPicture('corrupt'));
      await renderImage({ ...world, renderer: { ...world.renderer, render } }, { id, version: 2 });
    });
    const lost = () => world.variants.remove([variantKey({ ...ready, ...firstFile() })]);
    const cut = () => world.variants.put(variantKey({ ...ready, ...firstFile() }), photo.subarray(0, 10));
    const firstFile = () => {
      const [first] = ready.rendering.variants;
      if (!first) throw new Error('no file');
      return { name: first.name, format: first.format };
    };

    test.each([
      ['lost', lost],
      ['cut', cut],
    ])('makes a %s file again', async (_, damage) => {
      const key = variantKey({ ...ready, ...firstFile() });
      const before = await world.variants.get(key);
      await damage();
      expect(await auditStore(world, 'a')).toEqual({ ...clean, repaired: 1 });
      await world.drain();
      expect(await world.variants.get(key)).toEqual(before);
      expect(await world.catalogue.version(ready.id, 3)).toBeUndefined();
    });

    test.each([
      ['lost', lost],
      ['cut', cut],
    ])('makes a new version of the same original for a %s file of another recipe', async (_, damage) => {
      await damage();
      expect(await auditStore({ ...world, recipeOf: () => 'another recipe' }, 'a')).toEqual({ ...clean, repaired: 1 });
      await world.drain();
      expect(await world.ready(ready.id, 3)).toMatchObject({ source: 1 });
      expect(await world.catalogue.find(ready.id)).toMatchObject({ visible: { version: 3 } });
    });
  });

  test('leaves a visible version alone while a newer one is under way', async () => {
    const ready = await readyImage();
    await world.variants.remove([manifestKey(ready)]);
    await reprocessImage(world, ready.id, {});
    expect(await auditStore({ ...world, recipeOf: () => 'another recipe' }, 'a')).toEqual({ ...clean, lost: 1 });
    expect(await world.catalogue.version(ready.id, 3)).toBeUndefined();
  });

  test('makes a new version where the recipe has changed, because the old URLs may not get other bytes', async () => {
    const ready = await readyImage();
    await world.variants.remove([manifestKey(ready)]);
    const changed = { ...world, recipeOf: () => 'another recipe' };
    expect(await auditStore(changed, 'a')).toEqual({ ...clean, repaired: 1 });
    await world.drain();
    expect(await world.ready(ready.id, 2)).toMatchObject({ source: 1 });
    expect(await world.variants.head(manifestKey(ready))).toBeUndefined();
  });

  test('makes a new version, once, where the same recipe comes out with other bytes', async () => {
    const ready = await readyImage();
    const [lost = ''] = filesOf(ready);
    await world.variants.remove([lost]);
    const render: TestWorld['renderer']['render'] = (bytes, order, deliver) =>
      world.renderer.render(bytes, order, (variant, file, progress) =>
        deliver({ ...variant, sha256: 'of another processor' }, file, progress),
      );
    for (let round = 0; round < 2; round++) {
      expect(await auditStore(world, 'a')).toEqual({ ...clean, repaired: 1 });
      await world.drain({ renderer: { ...world.renderer, render } });
    }
    expect(await world.variants.head(lost)).toBeUndefined();
    await sweep(world, 0);
    await world.drain();
    expect(await world.ready(ready.id, 2)).toMatchObject({ source: 1, preset: ready.preset });
    expect(await world.catalogue.version(ready.id, 3)).toBeUndefined();
  });

  /** The world of an audit that has looked at the image when as many others have. */
  const besideOthers = (count: number): TestWorld => {
    const all = Promise.withResolvers<void>();
    let looking = 0;
    const find: TestWorld['catalogue']['find'] = async (id) => {
      const image = await world.catalogue.find(id);
      if (++looking === count) all.resolve();
      await all.promise;
      return image;
    };
    return { ...world, recipeOf: () => 'another recipe', catalogue: { ...world.catalogue, find } };
  };

  test.each([2, 5])('makes one new version when %i audits find the same at the same moment', async (count) => {
    const ready = await readyImage();
    await world.variants.remove([manifestKey(ready)]);
    const beside = besideOthers(count);
    const reports = await Promise.all(Array.from({ length: count }, () => auditStore(beside, 'a')));
    const sum = (which: 'repaired' | 'lost') => reports.reduce((total, report) => total + report[which], 0);
    expect([sum('repaired'), sum('lost')]).toEqual([1, count - 1]);
    await world.drain();
    expect((await world.catalogue.find(ready.id))?.newest).toMatchObject({ version: 2, status: 'ready' });
  });

  test.each(['a version by another caller', 'a deletion'])('makes no new version beside %s', async (what) => {
    const ready = await readyImage();
    const { id } = ready;
    await world.variants.remove([manifestKey(ready)]);
    const find: TestWorld['catalogue']['find'] = async () => {
      const image = await world.catalogue.find(id);
      // Between the look of the audit and what it does about it.
      if (image?.newest.version === 1)
        await (what === 'a deletion'
          ? world.catalogue.remove(id, world.clock.now())
          : world.catalogue.addVersion({
              id: id,
              draft: (version) => newVersion({ ...image.newest, version, expiresAt: null }, 0),
            }));
      return image;
    };
    const beside = { ...world, recipeOf: () => 'another recipe', catalogue: { ...world.catalogue, find } };
    expect(await auditStore(beside, 'a')).toEqual({ ...clean, lost: 1 });
    expect(await world.catalogue.version(id, 3)).toBeUndefined();
  });

  test('removes objects of images that never were, after a day', async () => {
    const variant = variantKey({ id: strangerId, version: 1, name: '640w', format: 'avif' });
    const original = originalKey({ id: strangerId, version: 1 });
    await world.arrive(photo, 'b');
    await world.variants.put(variant, photo);
    await world.originals.put(original, photo);
    await age(world.variants, variant, dayMs - 1000);
    await age(world.originals, original, dayMs - 1000);
    expect(await auditStore(world, 'a')).toEqual(clean);
    world.pass(2000);
    expect(await auditStore(world, 'b')).toEqual(clean);
    expect(await auditStore(world, 'a')).toEqual({ ...clean, orphans: 2 });
    expect([await world.variants.head(variant), await world.originals.head(original)]).toEqual([undefined, undefined]);
  });

  test('removes an original that came after its ticket had been given up, and keeps one that is waited for', async () => {
    const late = await world.arrive(photo);
    const early = await world.arrive(photo);
    await world.catalogue.move(expire((await world.catalogue.version(late, 1)) as Pending, world.clock.now()));
    for (const id of [late, early]) await age(world.originals, originalKey({ id, version: 1 }), 2 * dayMs);
    expect(await auditStore(world, 'a')).toEqual({ ...clean, orphans: 1 });
    expect(await world.originals.head(originalKey({ id: late, version: 1 }))).toBeUndefined();
    expect(await world.originals.head(originalKey({ id: early, version: 1 }))).toBeDefined();
  });

  /** Images that the catalogue of another world knows, stored for two days. */
  const storeStrangers = async (letters: string) => {
    const keys = [...letters].map((letter, at) =>
      originalKey({ id: `${letter}${String.fromCharCode(97 + at).repeat(25)}`, version: 1 }),
    );
    for (const key of keys) {
      await world.originals.put(key, photo);
      await age(world.originals, key, 2 * dayMs);
    }
    return keys;
  };

  test('removes nothing that a lost or replaced catalogue does not know, with or without new images in it', async () => {
    const keys = await storeStrangers('aabbccddee');
    expect(await auditStore(world, 'a')).toEqual({ ...clean, held: 2 });
    await readyImage('a');
    expect(await auditStore(world, 'a')).toEqual({ ...clean, held: 2 });
    for (const key of keys) expect(await world.originals.head(key)).toBeDefined();
  });

  test('goes on in a small store with a few orphans, and removes what ended beside orphans that it leaves alone', async () => {
    for (const letter of 'abcdef') await world.arrive(photo, letter);
    await storeStrangers('abc');
    for (const letter of 'abc') expect(await auditStore(world, letter)).toEqual({ ...clean, orphans: 1 });

    await storeStrangers('abcdef');
    const late = await world.arrive(photo);
    await world.catalogue.move(expire((await world.catalogue.version(late, 1)) as Pending, world.clock.now()));
    await age(world.originals, originalKey({ id: late, version: 1 }), 2 * dayMs);
    expect(await auditStore(world, 'a')).toEqual({ ...clean, orphans: 1, held: 1 });
    expect(await world.originals.head(originalKey({ id: late, version: 1 }))).toBeUndefined();
  });

  test('leaves versions alone that a catalogue of yesterday does not know yet', async () => {
    const images = [await world.arrive(photo), await world.arrive(photo), await world.arrive(photo)];
    await world.arrive(photo, 'b');
    const keys = images.flatMap((id) => [originalKey({ id, version: 2 })]);
    for (const key of keys) {
      await world.originals.put(key, photo);
      await age(world.originals, key, 2 * dayMs);
    }
    expect(await auditStore(world, 'a')).toEqual({ ...clean, held: 3 });
    for (const key of keys) expect(await world.originals.head(key)).toBeDefined();
  });

  describe('of versions that failed', () => {
    const bad = (error: Error = new BadPicture('corrupt')) => ({
      renderer: { ...world.renderer, render: () => Promise.reject(error) },
    });
    const failed = async (error?: Error) => {
      const id = await world.arrive(photo);
      const renders = error ? maxAttempts : 1;
      for (let at = 0; at < renders; at++) await renderImage({ ...world, ...bad(error) }, { id, version: 1 });
      expect(await world.catalogue.version(id, 1)).toMatchObject({ status: 'failed' });
      return { id, key: originalKey({ id, version: 1 }) };
    };
    const keepDays = (failedDays: number) => ({
      ...world,
      config: { ...world.config, retention: { ...world.config.retention, failedDays } },
    });

    test('removes the original when its retention is over, and not before', async () => {
      const { key } = await failed();
      world.pass(7 * dayMs - 1000);
      await auditStore(keepDays(7), 'a');
      expect(await world.originals.head(key)).toBeDefined();
      world.pass(1000);
      expect(await auditStore(keepDays(7), 'a')).toEqual({ ...clean, orphans: 1 });
      expect(await world.originals.head(key)).toBeUndefined();
    });

    test('keeps the original for ever where the retention is 0', async () => {
      const { key } = await failed();
      world.pass(5000 * dayMs);
      await auditStore(keepDays(0), 'a');
      expect(await world.originals.head(key)).toBeDefined();
    });

    test('keeps the original of which the renderers gave up, because a later render may succeed', async () => {
      const { id, key } = await failed(new Troubled('render-death'));
      world.pass(5000 * dayMs);
      expect(await auditStore(keepDays(7), 'a')).toEqual(clean);
      expect(await world.originals.head(key)).toBeDefined();
      await reprocessImage(world, id, {});
      await world.drain();
      expect(await world.ready(id, 2)).toMatchObject({ source: 1 });
    });

    test('keeps an original from which a later version was made that did not fail', async () => {
      const { id, key } = await failed();
      await reprocessImage(world, id, {});
      await renderImage({ ...world, ...bad() }, { id, version: 2 });
      await reprocessImage(world, id, {});
      await world.drain();
      world.pass(100 * dayMs);
      await auditStore(keepDays(7), 'a');
      expect(await world.ready(id, 3)).toMatchObject({ source: 1 });
      expect(await world.originals.head(key)).toBeDefined();
    });
  });

  test('removes the original of a failure although it was tried again, where that failed as well, long ago', async () => {
    const id = await world.arrive(photo);
    const renderer = { ...world.renderer, render: () => Promise.reject(new BadPicture('corrupt')) };
    await renderImage({ ...world, renderer }, { id, version: 1 });
    world.pass(100 * dayMs);
    await reprocessImage(world, id, {});
    await renderImage({ ...world, renderer }, { id, version: 2 });
    const retention = { ...world.config.retention, failedDays: 7 };
    const config = { ...world.config, retention };
    world.pass(7 * dayMs - 1000);
    expect(await auditStore({ ...world, config }, 'a')).toEqual(clean);
    expect(await world.originals.head(originalKey({ id, version: 1 }))).toBeDefined();
    world.pass(1000);
    expect(await auditStore({ ...world, config }, 'a')).toEqual({ ...clean, orphans: 1 });
    expect(await world.originals.head(originalKey({ id, version: 1 }))).toBeUndefined();
  });

  test('goes by the settings that a version was made with, not by those of the present', async () => {
    const ready = await readyImage();
    await reprocessImage(world, ready.id, {});
    await world.drain();
    const second = await world.ready(ready.id, 2);
    await world.variants.remove([manifestKey(second)]);
    const changed = defineConfig({ presets: { ...shippedPresets, thumbnails: shippedPresets.gallery } });
    expect(await auditStore({ ...world, config: changed }, 'a')).toEqual({ ...clean, repaired: 1 });
    await world.drain({ config: changed });
    expect(await world.variants.head(manifestKey(second))).toBeDefined();
    expect(await world.catalogue.version(ready.id, 3)).toBeUndefined();
  });

  test('passes over what is named like nothing of ours', async () => {
    await world.variants.put('images/a-readme.txt', photo);
    await age(world.variants, 'images/a-readme.txt', 100 * dayMs);
    expect(await auditStore(world, 'a')).toEqual(clean);
  });

  test('comes to every letter of an id within 32 hours', () => {
    const letters = new Set(Array.from({ length: 32 }, (_, hour) => letterOfHour(hour * 3600_000 + 1234)));
    expect([...letters].sort().join('')).toBe('234567abcdefghijklmnopqrstuvwxyz');
  });
});
