import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Budget, type BulkJob, isOpen, laneId } from '../../lib/core/bulk-job.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { advanceJob, type JobWorld } from '../../lib/pipeline/advance-job.ts';
import { advanceLane } from '../../lib/pipeline/advance-lane.ts';
import { startJob } from '../../lib/pipeline/start-job.ts';
import { steerJob } from '../../lib/pipeline/steer-job.ts';
import type { Catalogue } from '../../lib/ports.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let large: JobWorld & Pick<TestWorld, 'chance'>;
let photo: Uint8Array;
beforeAll(async () => {
  photo = await bytesOf(noise(110, 110).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
  large = { ...world, catalogue: inPartitions(world.catalogue), dollarsOf: ({ images }) => images / 10 };
});
afterEach(() => world.close());

const partitions = 3;
const divideAfter = 4;
const partitionOf = (id: string): number => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % partitions;

/** The catalogue of one box, as if it kept its lists in partitions. */
const inPartitions = (catalogue: Catalogue): Catalogue => ({
  ...catalogue,
  partitions,
  list: async ({ partition, ...query }) => {
    if (partition === undefined) return catalogue.list(query);
    const { items } = await catalogue.list({ ...query, limit: 1000 });
    const own = items.filter(({ id }) => partitionOf(id) === partition);
    const last = own[query.limit - 1];
    return { items: own.slice(0, query.limit), next: own.length > query.limit && last ? last : undefined };
  },
});

const readyImages = async (count: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) ids.push(await world.arrive(photo, 'a', { collection: 'birds' }));
  for (const id of ids) await world.queue.send({ render: { id, version: 1 } });
  await world.drain();
  return ids;
};
const find = async (id: string): Promise<BulkJob> => {
  const job = await world.jobs.find(id);
  if (!job) throw new Error('the job is gone');
  return job;
};
const start = async (more: { budget?: Budget; dryRun?: boolean } = {}) =>
  (await startJob(large, { selection: { collection: 'birds' }, dryRun: false, ...more })).id;

/** One stroke of the clock, and one slice of every lane. */
const stroke = async (id: string, pace = 3): Promise<BulkJob> => {
  await advanceJob(large, await find(id), pace, divideAfter);
  await Promise.all([...Array(partitions).keys()].map((part) => advanceLane(large, { job: id, part }, pace)));
  return find(id);
};
const finish = async (id: string): Promise<BulkJob> => {
  for (let strokes = 0; strokes < 100; strokes++) {
    await stroke(id);
    await world.drain();
    const job = await advanceJob(large, await find(id), 3, divideAfter);
    if (!isOpen(job)) return job;
  }
  throw new Error('the job never ends');
};
const versionsOf = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await world.catalogue.find(id))?.newest.version));

describe('A large job', () => {
  test('is divided into lanes, which make each image once, and is the sum of them', async () => {
    const ids = await readyImages(9);
    const id = await start();
    expect(await stroke(id)).toMatchObject({ stage: 'counting', divided: { lanes: partitions, open: partitions } });
    expect(await finish(id)).toMatchObject({ status: 'done', total: 9, done: 9, handed: 9, failed: 0 });
    expect(await versionsOf(ids)).toEqual(ids.map(() => 2));
    for (let part = 0; part < partitions; part++)
      expect((await find(laneId(id, part))).total).toBe(ids.filter((one) => partitionOf(one) === part).length);
  });

  test('is not divided where the catalogue has one part, if it is small, or if it names its images', async () => {
    const ids = await readyImages(5);
    const small = await start();
    await advanceJob(large, await find(small), 3, 5);
    const whole = await start();
    await advanceJob({ ...large, catalogue: world.catalogue }, await find(whole), 3, divideAfter);
    const { id: named } = await startJob(large, { selection: { ids }, dryRun: false });
    await advanceJob(large, await find(named), 3, divideAfter);
    for (const id of [small, whole, named]) expect((await find(id)).divided).toBeNull();
  });

  test('is divided once though it was killed while it was divided', async () => {
    const ids = await readyImages(6);
    const id = await start();
    await advanceJob({ ...large, jobs: { ...world.jobs, save: async () => false } }, await find(id), 3, divideAfter);
    expect(await finish(id)).toMatchObject({ status: 'done', done: 6 });
    expect(await versionsOf(ids)).toEqual(ids.map(() => 2));
  });

  test('makes each image once though every lane is worked by two at a time', async () => {
    const ids = await readyImages(9);
    const id = await start();
    await stroke(id);
    for (let strokes = 0; strokes < 100 && isOpen(await find(id)); strokes++) {
      await Promise.all([stroke(id), stroke(id)]);
      await world.drain();
    }
    expect(await find(id)).toMatchObject({ status: 'done', total: 9, done: 9, failed: 0, skipped: 0 });
    expect(await versionsOf(ids)).toEqual(ids.map(() => 2));
  });

  test('that is paused hands over nothing more until it is resumed, and counts what is under way', async () => {
    const ids = await readyImages(9);
    const id = await start();
    while ((await find(id)).handed === 0) await stroke(id, 1);
    await steerJob(large, id, 'pause');
    await world.drain();
    for (let strokes = 0; strokes < 4; strokes++) await stroke(id);
    const paused = await find(id);
    expect(paused).toMatchObject({ status: 'paused', pausedBecause: 'asked', divided: { open: 0 } });
    expect([paused.done, world.queue.depth()]).toEqual([paused.handed, 0]);
    expect(await advanceLane(large, { job: id, part: 0 }, 3)).toBe(false);
    await steerJob(large, id, 'resume');
    expect(await finish(id)).toMatchObject({ status: 'done', done: 9 });
    expect(await versionsOf(ids)).toEqual(ids.map(() => 2));
  });

  test('that is cancelled hands over nothing more', async () => {
    const ids = await readyImages(9);
    const id = await start();
    while ((await find(id)).handed === 0) await stroke(id, 1);
    await steerJob(large, id, 'cancel');
    const ended = await finish(id);
    expect(ended).toMatchObject({ status: 'cancelled', divided: { open: 0 } });
    expect((await versionsOf(ids)).filter((version) => version === 2)).toHaveLength(ended.done);
    expect(ended.done).toBeLessThan(9);
  });

  test('never hands over more than its budget, shares out what a lane leaves, and goes on with a higher one', async () => {
    const ids = await readyImages(10);
    const id = await start({ budget: { images: 7 } });
    expect(await finish(id)).toMatchObject({
      status: 'paused',
      pausedBecause: 'budget-used',
      handed: 7,
      done: 7,
    });
    await expect(steerJob(large, id, 'resume')).rejects.toMatchObject({ code: 'conflict' });
    await steerJob(large, id, 'resume', { images: 10 });
    expect(await finish(id)).toMatchObject({ status: 'done', handed: 10 });
    expect(await versionsOf(ids)).toEqual(ids.map(() => 2));
  });

  test('keeps a budget in dollars by what its images have cost', async () => {
    await readyImages(12);
    const id = await start({ budget: { dollars: 1.05 } });
    expect(await finish(id)).toMatchObject({ status: 'paused', pausedBecause: 'budget-used', handed: 10 });
  });

  test('with a budget in dollars is paused when its first images all fail, and tries as many again with a higher one', async () => {
    const ids = await readyImages(20);
    for (const image of ids) await world.originals.put(originalKey({ id: image, version: 1 }), photo.slice(1));
    const id = await start({ budget: { dollars: 5 } });
    const used = { status: 'paused', pausedBecause: 'budget-used', done: 0 };
    expect(await finish(id)).toMatchObject({ ...used, handed: 8, failed: 8 });
    await expect(steerJob(large, id, 'resume', { dollars: 5 })).rejects.toMatchObject({ code: 'conflict' });
    await steerJob(large, id, 'resume', { dollars: 6 });
    expect(await finish(id)).toMatchObject({ ...used, handed: 16, failed: 16 });
  });

  test('that is a dry run counts in lanes, and samples some images of all of them', async () => {
    await readyImages(9);
    const id = await start({ dryRun: true });
    const job = await finish(id);
    expect(job).toMatchObject({ status: 'done', total: 9, divided: null });
    expect(job.samples.length).toBeGreaterThanOrEqual(3);
    expect(job.samples.length).toBeLessThanOrEqual(8);
  });
});
