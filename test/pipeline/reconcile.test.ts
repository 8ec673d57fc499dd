import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { manifestKey, originalKey, variantKey, versionPrefix } from '../../lib/core/object-keys.ts';
import { reconcile } from '../../lib/pipeline/reconcile.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let photo: Uint8Array;
beforeAll(async () => {
  photo = await bytesOf(noise(120, 120).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const readyImage = async () => {
  const id = await world.arrive(photo);
  await sweep(world, 0);
  await world.drain();
  return world.ready(id);
};
const account = () => reconcile(world, world.queue.tasks);
const differences = async () => (await account()).differences.map(({ at, fault }) => `${at} ${fault}`);

describe('the accounting', () => {
  test('adds up where everything is as it should be: ready, failed, waiting for its upload, deleted', async () => {
    const { rendering } = await readyImage();
    const failed = await world.arrive(new TextEncoder().encode('this is no picture at all'));
    await sweep(world, 0);
    await world.drain();
    await world.file();
    const gone = await readyImage();
    await removeImage(world, gone.id);
    expect(await account()).toEqual({
      images: 3,
      versions: { pending: 1, processing: 0, retrying: 0, ready: 1, failed: 1, expired: 0 },
      originals: 2,
      variants: rendering.variants.length + 1,
      tasks: 0,
      leftOver: 1,
      differences: [],
    });
    expect((await world.catalogue.find(failed))?.newest.status).toBe('failed');
  });

  test('adds up the earlier versions of an image as well, whose files stay', async () => {
    const { id, rendering } = await readyImage();
    await reprocessImage(world, id, {});
    await world.drain();
    const { rendering: second } = await world.ready(id, 2);
    expect(await account()).toMatchObject({
      images: 1,
      versions: { ready: 2 },
      originals: 1,
      variants: rendering.variants.length + second.variants.length + 2,
      differences: [],
    });
    const lost = manifestKey({ id, version: 1 });
    await world.variants.remove([lost]);
    expect(await differences()).toEqual([`${lost} is in the catalogue, but not stored`]);
  });

  test('names what the catalogue has and the stores do not', async () => {
    const { id, version, rendering } = await readyImage();
    const [{ name, format }] = rendering.variants as [(typeof rendering.variants)[number]];
    const [source, file, manifest] = [
      originalKey({ id, version }),
      variantKey({ id, version, name, format }),
      manifestKey({ id, version }),
    ];
    await world.originals.remove([source]);
    await world.variants.remove([file, manifest]);
    expect(await differences()).toEqual(
      [source, file, manifest].map((key) => `${key} is in the catalogue, but not stored`),
    );
    const all = await Array.fromAsync(world.variants.list('images/'), ({ key }) => key);
    await world.variants.remove(all);
    expect(await differences()).toHaveLength(rendering.variants.length + 2);
  });

  test('names a file of another length', async () => {
    const { id, version, rendering } = await readyImage();
    const [{ name, format, bytes }] = rendering.variants as [(typeof rendering.variants)[number]];
    const key = variantKey({ id, version, name, format });
    await world.variants.put(key, new Uint8Array(7));
    expect(await differences()).toEqual([`${key} has 7 bytes, but the catalogue says ${bytes}`]);
  });

  test('names what is stored and the catalogue does not know', async () => {
    const { id } = await readyImage();
    const stranger = originalKey({ id: 'z'.repeat(26), version: 1 });
    const later = manifestKey({ id, version: 9 });
    await world.originals.put(stranger, photo);
    await world.variants.put(later, photo);
    expect(await differences()).toEqual([
      `${later} is stored, but the catalogue has no such version`,
      `${stranger} is stored, but the catalogue has no such image`,
    ]);
  });

  test('names work of which the queue knows nothing, and is content once it does', async () => {
    const id = await world.arrive(photo);
    const prefix = versionPrefix({ id, version: 1 });
    expect(await differences()).toEqual([`${prefix} waits for a renderer, but the queue has no task for it`]);
    await sweep(world, 0);
    expect(await account()).toMatchObject({ tasks: 1, differences: [] });
  });

  test('compares again what was under way in between', async () => {
    const { id, version, rendering } = await readyImage();
    const [{ name, format, bytes }] = rendering.variants as [(typeof rendering.variants)[number]];
    const key = variantKey({ id, version, name, format });
    let listings = 0;
    const variants: TestWorld['variants'] = {
      ...world.variants,
      list: async function* (prefix) {
        for await (const object of world.variants.list(prefix)) if (listings > 0 || object.key !== key) yield object;
        listings++;
      },
    };
    expect((await reconcile({ ...world, variants }, world.queue.tasks)).differences).toEqual([]);
    expect([listings, bytes > 0]).toEqual([2, true]);
  });
});
