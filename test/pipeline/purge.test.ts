import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { imagePrefix, variantKey } from '../../lib/core/object-keys.ts';
import { purge } from '../../lib/pipeline/purge.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import type { Catalogue, Edge, ObjectStore, Renderer } from '../../lib/ports.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

const minuteMs = 60_000;
let world: TestWorld;
let photo: Uint8Array;
/** What the CDN was told to forget, and why, in order; and how many of an order it takes. */
let told: string[];
let room: number;
/** How many variants of an image there were when the CDN was told. */
let leftWhenTold: number[];

const edge: Edge = {
  atOnce: 3,
  forget: async (ids, reason) => {
    const taken = ids.slice(0, room);
    for (const id of taken) {
      told.push(`${reason} ${id}`);
      leftWhenTold.push((await keysOf(id)).length);
    }
    return taken.length;
  },
};

beforeAll(async () => {
  photo = await bytesOf(noise(120, 120).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
  told = [];
  leftWhenTold = [];
  room = 3;
});
afterEach(() => world.close());

const keysOf = async (id: string): Promise<readonly string[]> => {
  const keys: string[] = [];
  for await (const { key } of world.variants.list(imagePrefix(id))) keys.push(key);
  return keys;
};

const rendered = async (): Promise<string> => {
  const id = await world.arrive(photo);
  await world.queue.send({ render: { id, version: 1 } });
  await world.drain();
  expect(await keysOf(id)).not.toEqual([]);
  return id;
};

const withEdge = () => ({ ...world, hasEdge: true, edge });
const remove = (id: string) => removeImage(withEdge(), id);
/** As soon as a deletion has had time to be answered. */
const purgeNow = (more: Partial<ReturnType<typeof withEdge>> = {}) => {
  world.pass(10_000);
  return purge({ ...withEdge(), ...more });
};
const tombstones = async () => {
  const found: string[] = [];
  for await (const { id } of world.catalogue.openDeletions()) found.push(id);
  return found;
};
const untilNothingCanCome = () => world.pass(world.config.ticketSeconds * 1000 + 61 * minuteMs);

class Killed extends Error {}
const killed = async (): Promise<never> => {
  throw new Killed();
};

describe('a deletion', () => {
  test('is purged at once where there is no CDN', async () => {
    const id = await rendered();
    expect(await removeImage(world, id)).toMatchObject({ purged: 'done' });
    expect(await purge({ ...world, edge: undefined })).toEqual({ purged: 0, again: 0, waiting: 0 });
  });

  test('is pending where there is one, until the CDN was told, which happens when no file is left', async () => {
    const id = await rendered();
    expect(await remove(id)).toMatchObject({ purged: 'pending' });
    expect(await purgeNow()).toEqual({ purged: 1, again: 0, waiting: 0 });
    expect(told).toEqual([`deleted ${id}`]);
    expect(leftWhenTold).toEqual([0]);
    expect(await purgeNow()).toEqual({ purged: 0, again: 0, waiting: 0 });
    expect(told).toHaveLength(1);
  });

  test('that is still being answered is left alone, because it has a receipt to fill', async () => {
    const id = await rendered();
    await world.catalogue.remove(id, world.clock.now());
    expect(await purge(withEdge())).toEqual({ purged: 0, again: 0, waiting: 0 });
    expect(await keysOf(id)).not.toEqual([]);
  });
});

describe('killed', () => {
  const halfRemoved: Partial<ObjectStore> = { remove: killed };
  const unnoted: Partial<Catalogue> = { notePurged: killed };

  const leaveTombstone = async (id: string) => void (await world.catalogue.remove(id, world.clock.now()));
  const removeHalf = (id: string) =>
    removeImage({ ...withEdge(), variants: { ...world.variants, ...halfRemoved } }, id);
  const removeObjects = async (id: string) => void (await remove(id));
  const dieAtEdge = async (id: string) => {
    await remove(id);
    await purgeNow({ edge: { ...edge, forget: killed } });
  };
  const dieBeforeNote = async (id: string) => {
    await remove(id);
    await purgeNow({ catalogue: { ...world.catalogue, ...unnoted } });
  };

  test.each([
    ['after the tombstone', leaveTombstone],
    ['before the objects are gone', removeHalf],
    ['after the objects', removeObjects],
    ['after the objects, while the CDN is told', dieAtEdge],
    ['after the CDN was told, before that is noted', dieBeforeNote],
  ])(
    '%s, an image is forgotten by the CDN all the same, and only then its deletion is closed',
    async (_when, deletion) => {
      const id = await rendered();
      const end = await Promise.resolve(deletion(id)).catch((error) => error);
      if (end !== undefined) expect(end).toBeInstanceOf(Killed);
      untilNothingCanCome();
      expect(await sweep(world, 0)).toMatchObject({ closed: 0 });

      expect(await purgeNow()).toMatchObject({ purged: 1, waiting: 0 });
      expect(told.at(-1)).toBe(`deleted ${id}`);
      expect(leftWhenTold.at(-1)).toBe(0);
      expect(await sweep(world, 0)).toMatchObject({ closed: 1 });
      expect(await tombstones()).toEqual([]);
    },
  );
});

describe('a purge', () => {
  test('names as many images at once as the CDN takes, and those that it was too busy for the next time', async () => {
    const ids = [await world.file(), await world.file(), await world.file(), await world.file(), await world.file()];
    for (const id of ids) await remove(id);
    room = 2;
    expect(await purgeNow()).toEqual({ purged: 2, again: 0, waiting: 3 });
    room = 0;
    expect(await purgeNow()).toEqual({ purged: 0, again: 0, waiting: 3 });
    room = 3;
    expect(await purgeNow()).toEqual({ purged: 3, again: 0, waiting: 0 });
    expect(told.sort()).toEqual(ids.map((id) => `deleted ${id}`).sort());
  });

  test('names every other image where the files of one cannot be removed, keeps that one, and says so', async () => {
    const ids = [await rendered(), await rendered(), await rendered(), await rendered(), await rendered()];
    for (const id of ids) await world.catalogue.remove(id, world.clock.now());
    const [, stuck = '', ...others] = ids;
    const remove: ObjectStore['remove'] = async (keys) => {
      if (keys.some((key) => key.includes(stuck))) throw new Killed();
      await world.variants.remove(keys);
    };
    await expect(purgeNow({ variants: { ...world.variants, remove } })).rejects.toThrow(Killed);
    expect(told).toEqual([ids[0], ...others].map((id) => `deleted ${id}`));
    expect(await purgeNow()).toEqual({ purged: 1, again: 0, waiting: 0 });
    expect(told.at(-1)).toBe(`deleted ${stuck}`);
    expect(leftWhenTold).toEqual([0, 0, 0, 0, 0]);
  });

  test('rejects when the CDN is in trouble, and keeps what it owes', async () => {
    const id = await world.file();
    await remove(id);
    await expect(purgeNow({ edge: { ...edge, forget: killed } })).rejects.toThrow(Killed);
    expect(await purgeNow()).toMatchObject({ purged: 1 });
  });
});

describe('a variant that came after the CDN was told', () => {
  const lateKey = (id: string) => variantKey({ id, version: 1, name: 'small', format: 'webp' });
  const purgedImage = async (): Promise<string> => {
    const id = await rendered();
    await remove(id);
    await purgeNow();
    return id;
  };

  test('is removed by the sweep, and the CDN is told once more when no other can come', async () => {
    const id = await purgedImage();
    await world.variants.put(lateKey(id), photo);
    await sweep(world, 0);
    expect(await keysOf(id)).toEqual([]);
    expect(await purgeNow()).toEqual({ purged: 0, again: 0, waiting: 0 });
    untilNothingCanCome();
    expect(await sweep(world, 0)).toMatchObject({ closed: 0 });
    expect(await purgeNow()).toEqual({ purged: 0, again: 1, waiting: 0 });
    expect(told).toEqual([`deleted ${id}`, `late ${id}`]);
    expect(await tombstones()).toEqual([]);
  });

  test.each<[string, () => Partial<ReturnType<typeof withEdge>>]>([
    ['before it was removed', () => ({ variants: { ...world.variants, remove: killed } })],
    ['before the tombstone says so', () => ({ catalogue: { ...world.catalogue, noteLate: killed } })],
  ])('is not lost when the sweep is killed %s', async (_when, more) => {
    const id = await purgedImage();
    await world.variants.put(lateKey(id), photo);
    await expect(sweep({ ...world, ...more() }, 0)).rejects.toThrow(Killed);
    await sweep(world, 0);
    untilNothingCanCome();
    await sweep(world, 0);
    await purgeNow();
    expect(told).toEqual([`deleted ${id}`, `late ${id}`]);
    expect(await keysOf(id)).toEqual([]);
  });

  test('is named to the CDN again if the end of the deletion was not noted', async () => {
    const id = await purgedImage();
    await world.catalogue.noteLate(id);
    untilNothingCanCome();
    await expect(purgeNow({ catalogue: { ...world.catalogue, closeDeletion: killed } })).rejects.toThrow(Killed);
    expect(await purgeNow()).toMatchObject({ again: 1 });
    expect(await tombstones()).toEqual([]);
  });

  test('is noted too when its own renderer has removed it', async () => {
    const id = await world.arrive(photo);
    await world.queue.send({ render: { id, version: 1 } });
    /** Deletes and purges its image in the middle of the render, before its first file is stored. */
    let removal: Promise<unknown> | undefined;
    const renderer: Renderer = {
      ...world.renderer,
      render: (bytes, order, deliver) =>
        world.renderer.render(bytes, order, async (variant, file, progress) => {
          removal ??= remove(id).then(() => purgeNow());
          await removal;
          await deliver(variant, file, progress);
        }),
    };
    await world.drain({ renderer });
    expect(await keysOf(id)).toEqual([]);
    untilNothingCanCome();
    await sweep(world, 0);
    await purgeNow();
    expect(told).toEqual([`deleted ${id}`, `late ${id}`]);
  });
});
