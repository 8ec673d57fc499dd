import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { begin, type Pending } from '../../lib/core/image.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { sweepGroup } from '../../lib/core/sweeping.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

const minuteMs = 60_000;
let world: TestWorld;
let photo: Uint8Array;
beforeAll(async () => {
  photo = await bytesOf(noise(120, 120).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const statusOf = async (id: string) => (await world.catalogue.find(id))?.newest.status;

describe('a sweep', () => {
  test('expires a ticket that was never used, once its time and a grace are over', async () => {
    const id = await world.file();
    world.pass(world.config.ticketSeconds * 1000);
    expect(await sweep(world, 0)).toEqual({ expired: 0, requeued: 0, closed: 0 });
    world.pass(61 * minuteMs);
    expect(await sweep(world, 0)).toEqual({ expired: 1, requeued: 0, closed: 0 });
    expect(await statusOf(id)).toBe('expired');
    expect(await sweep(world, 0)).toEqual({ expired: 0, requeued: 0, closed: 0 });
  });

  test('never expires an upload that has arrived, however late: it is rendered', async () => {
    const id = await world.arrive(photo);
    world.pass(100 * minuteMs);
    expect(await sweep(world, 10 * minuteMs)).toEqual({ expired: 0, requeued: 1, closed: 0 });
    await world.drain();
    expect(await statusOf(id)).toBe('ready');
  });

  test('brings a reprocess to an end whose original has been lost: it fails, and says why', async () => {
    const id = await world.arrive(photo);
    await sweep(world, 0);
    await world.drain();
    // Its task is lost, so that only the sweep knows of it.
    await reprocessImage({ ...world, queue: { ...world.queue, send: async () => undefined } }, id, {});
    await world.originals.remove([originalKey({ id, version: 1 })]);
    for (let round = 0; round < 4; round++) {
      await world.drain();
      world.pass(300 * minuteMs);
      await sweep(world, 10 * minuteMs);
    }
    expect((await world.catalogue.find(id))?.newest).toMatchObject({
      ...{ version: 2, status: 'failed' },
      error: { message: expect.stringContaining('missing from the store') },
    });
  });

  /** A folder that only another user may read, say. */
  const barred = (...ids: readonly string[]) => {
    const trouble = new Error('not for you');
    const refuse = (key: string): void => {
      if (ids.some((id) => key.includes(id))) throw trouble;
    };
    const { head, list } = world.originals;
    return {
      trouble,
      originals: {
        ...world.originals,
        head: async (key: string) => {
          refuse(key);
          return head(key);
        },
        list: (prefix: string) => {
          refuse(prefix);
          return list(prefix);
        },
      },
    };
  };

  test('ends, sends and closes everything else where the originals of one image cannot be looked at, and says so', async () => {
    const [stuck, unused, arrived] = [await world.file(), await world.file(), await world.arrive(photo)];
    const [barredGone, gone] = [await world.file(), await world.file()];
    for (const id of [barredGone, gone]) await removeImage(world, id);
    world.pass(100 * minuteMs);
    const { trouble, originals } = barred(stuck, barredGone);
    await expect(sweep({ ...world, originals }, 0)).rejects.toBe(trouble);
    expect(await statusOf(unused)).toBe('expired');
    await world.drain();
    expect(await statusOf(arrived)).toBe('ready');
    expect((await Array.fromAsync(world.catalogue.openDeletions())).map(({ id }) => id)).toEqual([barredGone]);
    expect(await sweep(world, 0)).toEqual({ expired: 1, requeued: 0, closed: 1 });
  });

  test('closes deletions where it can look at no original that is awaited', async () => {
    const [stuck, gone] = [await world.file(), await world.file()];
    await removeImage(world, gone);
    world.pass(100 * minuteMs);
    const { trouble, originals } = barred(stuck);
    await expect(sweep({ ...world, originals }, 0)).rejects.toBe(trouble);
    expect(await Array.fromAsync(world.catalogue.openDeletions())).toEqual([]);
  });

  test('stops at once where it can look at none, because that is no trouble of one image', async () => {
    for (let count = 0; count <= 8 * sweepGroup.size; count++) await world.file();
    world.pass(100 * minuteMs);
    let calls = 0;
    const head = async (): Promise<never> => {
      calls++;
      throw new Error('nothing can be read');
    };
    const originals = { ...world.originals, head };
    await expect(sweep({ ...world, originals }, 0)).rejects.toThrow('nothing can be read');
    expect(calls).toBeLessThanOrEqual(sweepGroup.size * (sweepGroup.atOnce + 1));
  });

  test('of all that is unfinished finds also what arrived while the clock was ahead', async () => {
    const id = await world.arrive(photo);
    world.pass(-300 * minuteMs);
    expect(await sweep(world, 10 * minuteMs)).toEqual({ expired: 0, requeued: 0, closed: 0 });
    expect(await sweep(world, 0)).toEqual({ expired: 0, requeued: 1, closed: 0 });
    await world.drain();
    expect(await statusOf(id)).toBe('ready');
  });

  test('sends a reprocess again whose task was lost', async () => {
    const id = await world.arrive(photo);
    await sweep(world, 0);
    await world.drain();
    await reprocessImage({ ...world, queue: { ...world.queue, send: async () => undefined } }, id, {});
    world.pass(20 * minuteMs);
    expect(await sweep(world, 10 * minuteMs)).toEqual({ expired: 0, requeued: 1, closed: 0 });
    await world.drain();
    expect(await world.ready(id, 2)).toMatchObject({ source: 1 });
  });

  test('does not send what waits in a long queue again and again', async () => {
    await world.arrive(photo);
    let sent = 0;
    const queue = { ...world.queue, send: async () => void sent++ };
    // A day of sweeps, one each quarter of an hour, with the wait of the AWS home.
    for (let quarter = 0; quarter < 96; quarter++) {
      world.pass(15 * minuteMs);
      await sweep({ ...world, queue }, 60 * minuteMs);
    }
    // At the first look after 1, 2 and 4 hours, and four hours later each time.
    expect(sent).toBe(7);
  });

  test('leaves alone what has moved lately', async () => {
    await world.arrive(photo);
    world.pass(minuteMs);
    expect(await sweep(world, 10 * minuteMs)).toEqual({ expired: 0, requeued: 0, closed: 0 });
  });

  test('sends a version back to the queue that its renderer and its message have left behind', async () => {
    const id = await world.arrive(photo);
    await world.catalogue.move(begin((await world.catalogue.version(id, 1)) as Pending, world.clock.now()));
    world.pass(20 * minuteMs);
    expect(await sweep(world, 10 * minuteMs)).toEqual({ expired: 0, requeued: 1, closed: 0 });
    await world.drain();
    expect(await world.ready(id)).toMatchObject({ attempts: 2 });
  });

  test('run by many at once does what one would have done', async () => {
    const ids = [await world.file(), await world.file()];
    const arrived = await world.arrive(photo);
    world.pass(100 * minuteMs);
    const reports = await Promise.all(Array.from({ length: 5 }, () => sweep(world, 0)));
    expect(reports.reduce((sum, report) => sum + report.expired, 0)).toBe(2);
    for (const id of ids) expect(await statusOf(id)).toBe('expired');
    await world.drain();
    expect(await world.ready(arrived)).toMatchObject({ attempts: 1 });
  });

  test('ends a group of unused tickets by one call, and looks once for each original', async () => {
    const { size } = sweepGroup;
    for (let at = 0; at < size + 5; at++) await world.file();
    world.pass(100 * minuteMs);
    const groups: number[] = [];
    let looks = 0;
    const moveAll: TestWorld['catalogue']['moveAll'] = (all) => {
      groups.push(all.length);
      return world.catalogue.moveAll(all);
    };
    const head: TestWorld['originals']['head'] = (key) => {
      looks++;
      return world.originals.head(key);
    };
    const counted = { catalogue: { ...world.catalogue, moveAll }, originals: { ...world.originals, head } };
    expect(await sweep({ ...world, ...counted }, 0)).toMatchObject({ expired: size + 5 });
    // Groups work side by side, so either may end first.
    expect(groups.toSorted((one, other) => other - one)).toEqual([size, 5]);
    expect(looks).toBe(size + 5);
  });

  test('does not count as expired what began meanwhile, and leaves it alone', async () => {
    const id = await world.file();
    world.pass(100 * minuteMs);
    const moveAll: TestWorld['catalogue']['moveAll'] = async (all) => {
      await world.catalogue.move(begin((await world.catalogue.version(id, 1)) as Pending, world.clock.now()));
      return world.catalogue.moveAll(all);
    };
    expect(await sweep({ ...world, catalogue: { ...world.catalogue, moveAll } }, 0)).toMatchObject({ expired: 0 });
    expect(await statusOf(id)).toBe('processing');
  });

  test('begins nothing more when its time is up, and the next one goes on', async () => {
    const groups = sweepGroup.atOnce + 2;
    for (let at = 0; at < groups * sweepGroup.size; at++) await world.file();
    world.pass(100 * minuteMs);
    const until = world.clock.now() + 1;
    const head: TestWorld['originals']['head'] = async (key) => {
      world.pass(1);
      return world.originals.head(key);
    };
    const first = await sweep({ ...world, originals: { ...world.originals, head } }, 0, { until });
    expect(first.expired).toBeGreaterThan(0);
    expect(first.expired).toBeLessThan(groups * sweepGroup.size);
    const rest = await sweep(world, 0);
    expect(first.expired + rest.expired).toBe(groups * sweepGroup.size);
  });

  test('removes what arrives after a deletion, and lets the tombstone rest only when nothing can come any more', async () => {
    const id = await world.arrive(photo);
    await removeImage(world, id);
    await world.originals.put(originalKey({ id, version: 1 }), photo);
    expect(await sweep(world, 0)).toMatchObject({ closed: 0 });
    expect(await world.originals.head(originalKey({ id, version: 1 }))).toBeUndefined();
    world.pass(world.config.ticketSeconds * 1000 + 61 * minuteMs);
    expect(await sweep(world, 0)).toMatchObject({ closed: 1 });
    expect(await sweep(world, 0)).toMatchObject({ closed: 0 });
  });

  test('finishes a deletion that was killed after its tombstone', async () => {
    const id = await world.arrive(photo);
    await world.drain();
    await world.catalogue.remove(id, world.clock.now());
    await sweep(world, 0);
    const left: string[] = [];
    for (const store of [world.originals, world.variants]) for await (const { key } of store.list('')) left.push(key);
    expect(left).toEqual([]);
  });
});
