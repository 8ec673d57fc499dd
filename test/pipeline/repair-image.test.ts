import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BadPicture } from '../../lib/core/errors.ts';
import { manifestKey, originalKey, variantKey } from '../../lib/core/object-keys.ts';
import { renderImage } from '../../lib/pipeline/render-image.ts';
import { repairImage } from '../../lib/pipeline/repair-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import type { Renderer } from '../../lib/ports.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let photo: Uint8Array;
let id: string;
beforeAll(async () => {
  photo = await bytesOf(noise(120, 120).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
  id = await world.arrive(photo);
});
afterEach(() => world.close());

const job = () => ({ id, version: 1 });
const small = () => variantKey({ ...job(), name: 'small', format: 'webp' });
const lose = async (...keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> => {
  const lost = await Promise.all(keys.map((key) => world.variants.get(key)));
  await world.variants.remove(keys);
  return lost;
};
/** A processor on which every file comes out with other bytes. */
const elsewhere = (): Renderer => ({
  ...world.renderer,
  render: async (bytes, order, deliver) => {
    const rendered = await world.renderer.render(bytes, order, (variant, file, progress) =>
      deliver({ ...variant, sha256: 'another' }, file, progress),
    );
    return { ...rendered, variants: rendered.variants.map((variant) => ({ ...variant, sha256: 'another' })) };
  },
});

describe('the repair of a ready version', () => {
  beforeEach(async () => {
    await renderImage(world, job());
  });

  test('stores the missing files again, with the same bytes, and touches no other', async () => {
    const keys = [small(), manifestKey(job())];
    const before = await lose(...keys);
    const puts: string[] = [];
    const put: TestWorld['variants']['put'] = (key, bytes) => {
      puts.push(key);
      return world.variants.put(key, bytes);
    };
    expect(await repairImage({ ...world, variants: { ...world.variants, put } }, job())).toEqual({
      restored: 2,
      unlike: 0,
    });
    expect(puts).toEqual(keys);
    expect(await Promise.all(keys.map((key) => world.variants.get(key)))).toEqual(before);
  });

  test('restores nothing where nothing is missing', async () => {
    expect(await repairImage(world, job())).toEqual({ restored: 0, unlike: 0 });
  });

  test('stores no file with other bytes, and makes one next version instead, however often it is run', async () => {
    await lose(small());
    const other = { ...world, renderer: elsewhere() };
    for (let time = 1; time <= 2; time++) expect(await repairImage(other, job())).toEqual({ restored: 0, unlike: 1 });
    expect(await world.variants.head(small())).toBeUndefined();
    expect(await world.catalogue.version(id, 2)).toMatchObject({ status: 'pending', source: 1, expiresAt: null });
    expect(await world.catalogue.version(id, 3)).toBeUndefined();
  });

  test.each([
    ['and a file', () => [small(), manifestKey(job())], 2],
    ['alone', () => [manifestKey(job())], 1],
  ])(
    'makes a next version instead of a manifest of other bytes, where it lacks the manifest %s',
    async (_, keys, unlike) => {
      await lose(...keys());
      expect(await repairImage({ ...world, renderer: elsewhere() }, job())).toEqual({ restored: 0, unlike });
      expect(await world.variants.head(manifestKey(job()))).toBeUndefined();
      expect(await world.catalogue.version(id, 2)).toMatchObject({ status: 'pending', source: 1 });
    },
  );

  test('makes a file again that is shorter than published', async () => {
    const bytes = await world.variants.get(small());
    await world.variants.put(small(), (bytes ?? photo).subarray(0, 10));
    expect(await repairImage(world, job())).toEqual({ restored: 1, unlike: 0 });
    expect(await world.variants.get(small())).toEqual(bytes);
  });

  test('makes a next version where a newer one has failed, and none where a newer one is under way', async () => {
    await lose(small());
    const other = { ...world, renderer: elsewhere() };
    await reprocessImage(world, id, {});
    await repairImage(other, job());
    expect(await world.catalogue.version(id, 3)).toBeUndefined();

    const render = () => Promise.reject(new BadPicture('corrupt'));
    await renderImage({ ...world, renderer: { ...world.renderer, render } }, { id, version: 2 });
    await repairImage(other, job());
    expect(await world.catalogue.version(id, 3)).toMatchObject({ status: 'pending', source: 1 });
  });

  test('does nothing once its original is gone, or its image is deleted', async () => {
    await lose(small());
    await world.originals.remove([originalKey(job())]);
    expect(await repairImage(world, job())).toBeUndefined();
    await world.originals.put(originalKey(job()), photo);
    await world.catalogue.remove(id, world.clock.now());
    expect(await repairImage(world, job())).toBeUndefined();
    expect(await world.variants.head(small())).toBeUndefined();
  });
});

test('a version that is not ready is not repaired', async () => {
  expect(await repairImage(world, job())).toBeUndefined();
  expect(await world.variants.head(manifestKey(job()))).toBeUndefined();
});
