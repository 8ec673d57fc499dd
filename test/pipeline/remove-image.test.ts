import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { originalKey } from '../../lib/core/object-keys.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { renderImage } from '../../lib/pipeline/render-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
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

const stored = async (): Promise<readonly string[]> => {
  const keys: string[] = [];
  for (const store of [world.originals, world.variants]) for await (const { key } of store.list('')) keys.push(key);
  return keys.sort();
};

describe('the deletion of an image', () => {
  test('removes every object of every version, and its receipt names each', async () => {
    await renderImage(world, { id, version: 1 });
    await reprocessImage(world, id, {});
    await renderImage(world, { id, version: 2 });
    const before = await stored();
    const receipt = await removeImage(world, id);
    expect([...receipt.keys].sort()).toEqual(before);
    expect(before).toEqual(expect.arrayContaining([`images/${id}/v1/manifest.json`, `images/${id}/v2/manifest.json`]));
    expect(receipt).toMatchObject({ id, deletedAt: world.clock.now() });
    expect(await stored()).toEqual([]);
    expect(await world.catalogue.find(id)).toBeUndefined();
  });

  test('leaves other images alone', async () => {
    const other = await world.arrive(photo);
    await removeImage(world, id);
    expect(await stored()).toEqual([originalKey({ id: other, version: 1 })]);
    expect(await world.catalogue.find(other)).toBeDefined();
  });

  test('is done where there is no CDN, and waits for the CDN where there is one', async () => {
    const other = await world.arrive(photo);
    expect(await removeImage(world, id)).toMatchObject({ purged: 'done' });
    expect(await removeImage({ ...world, hasEdge: true }, other)).toMatchObject({ purged: 'pending' });
    const owed: unknown[] = [];
    for await (const { id, purgedAt } of world.catalogue.openDeletions()) owed.push([id, purgedAt !== null]);
    expect(owed).toEqual(
      expect.arrayContaining([
        [id, true],
        [other, false],
      ]),
    );
  });

  test('is refused the second time, and for an image that was never there', async () => {
    await removeImage(world, id);
    await expect(removeImage(world, id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(removeImage(world, 'z'.repeat(26))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('cannot be undone by a task that comes late', async () => {
    await removeImage(world, id);
    await world.originals.put(originalKey({ id, version: 1 }), photo);
    expect(await renderImage(world, { id, version: 1 })).toEqual({ end: 'ignored', why: 'unknown-image' });
    expect(await stored()).toEqual([originalKey({ id, version: 1 })]);
  });
});
