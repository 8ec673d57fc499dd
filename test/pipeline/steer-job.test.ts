import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BulkJob, JobOrder } from '../../lib/core/bulk-job.ts';
import { advanceJob } from '../../lib/pipeline/advance-job.ts';
import { startJob } from '../../lib/pipeline/start-job.ts';
import { steerJob } from '../../lib/pipeline/steer-job.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let photo: Uint8Array;
beforeAll(async () => {
  photo = await bytesOf(noise(110, 110).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const stored = async (id: string): Promise<BulkJob> => {
  const job = await world.jobs.find(id);
  if (!job) throw new Error('the job is gone');
  return job;
};
const advance = async (id: string, pace = 2) => advanceJob(world, await stored(id), pace);
const steer = (id: string, order: JobOrder) => steerJob(world, id, order);

/** A job about six images of which two are with the renderers. */
const begun = async (): Promise<string> => {
  for (let at = 0; at < 6; at++) await world.arrive(photo, 'a', { collection: 'birds' });
  await sweep(world, 0);
  await world.drain();
  const { id } = await startJob(world, { selection: { collection: 'birds' }, dryRun: false });
  await advance(id);
  await advance(id);
  expect((await stored(id)).underWay).toHaveLength(2);
  return id;
};
/** A dry run whose sample is with the renderers. */
const sampling = async (): Promise<string> => {
  await world.arrive(photo, 'a', { collection: 'birds' });
  await sweep(world, 0);
  await world.drain();
  const { id } = await startJob(world, { selection: { collection: 'birds' }, dryRun: true });
  await advance(id);
  await advance(id);
  expect((await stored(id)).underWay).toHaveLength(1);
  return id;
};
const finish = async (id: string): Promise<BulkJob> => {
  for (let slices = 0; slices < 50; slices++) {
    await world.drain();
    const job = await advance(id);
    if (job.status === 'done') return job;
  }
  throw new Error('the job never ends');
};

describe('A paused job', () => {
  test('counts what is with the renderers, and sends them nothing more until it is resumed', async () => {
    const id = await begun();
    expect(await steer(id, 'pause')).toMatchObject({ status: 'paused' });
    await world.drain();
    for (let slices = 0; slices < 3; slices++) await advance(id);
    expect(await stored(id)).toMatchObject({ status: 'paused', done: 2, underWay: [] });
    expect(world.queue.depth()).toBe(0);
    expect(await steer(id, 'resume')).toMatchObject({ status: 'running' });
    expect(await finish(id)).toMatchObject({ status: 'done', total: 6, done: 6, failed: 0, skipped: 0 });
  });

  test('that is a dry run still waits for its samples', async () => {
    const id = await sampling();
    await steer(id, 'pause');
    expect(await steer(id, 'resume')).toHaveProperty('underWay.length', 1);
    expect(await finish(id)).toHaveProperty('samples.length', 1);
  });

  test('that is paused while a slice is worked through makes each image once all the same', async () => {
    const id = await begun();
    const before = await stored(id);
    await steer(id, 'pause');
    // The slice was begun before the order: what it saves is refused, what it has sent is found again by its claim.
    await world.drain();
    await advanceJob(world, before, 4);
    expect((await stored(id)).status).toBe('paused');
    await steer(id, 'resume');
    expect(await finish(id)).toMatchObject({ total: 6, done: 6 });
    for await (const { visible } of listed()) expect(visible?.version).toBe(2);
  });
});

describe('A cancelled job', () => {
  test('counts what is with the renderers and leaves the other images as they are', async () => {
    const id = await begun();
    expect(await steer(id, 'cancel')).toMatchObject({ status: 'cancelled' });
    await world.drain();
    for (let slices = 0; slices < 3; slices++) await advance(id);
    expect(await stored(id)).toMatchObject({ status: 'cancelled', done: 2, underWay: [] });
    const versions: number[] = [];
    for await (const { visible } of listed()) versions.push(visible?.version ?? 0);
    expect(versions.sort()).toEqual([1, 1, 1, 1, 2, 2]);
  });

  test('drops the samples of a dry run', async () => {
    const id = await sampling();
    expect(await steer(id, 'cancel')).toMatchObject({ status: 'cancelled', underWay: [] });
  });
});

async function* listed() {
  yield* (await world.catalogue.list({ collection: 'birds', limit: 100 })).items;
}

test('a repeated order changes nothing, and an ended job takes none that would change it', async () => {
  const start = async () => (await startJob(world, { selection: { collection: 'none' }, dryRun: false })).id;
  const paused = await start();
  const first = await steer(paused, 'pause');
  expect(await steer(paused, 'pause')).toEqual(first);
  const cancelled = await start();
  await steer(cancelled, 'cancel');
  expect((await steer(cancelled, 'cancel')).status).toBe('cancelled');
  await expect(steer(cancelled, 'resume')).rejects.toMatchObject({
    code: 'conflict',
    message: 'This job is cancelled: it can no longer be resumed.',
  });
  const done = await start();
  await finish(done);
  for (const order of ['pause', 'resume', 'cancel'] as const)
    await expect(steer(done, order)).rejects.toMatchObject({ code: 'conflict' });
});

test('an order for a job that is not there is refused', async () => {
  await expect(steer('a'.repeat(26), 'pause')).rejects.toMatchObject({ code: 'not-found' });
});

test('an order is given again when the clock saves a slice in between', async () => {
  const { id } = await startJob(world, { selection: { collection: 'none' }, dryRun: false });
  let refusals = 2;
  const jobs = { ...world.jobs, save: async (job: BulkJob) => refusals-- <= 0 && world.jobs.save(job) };
  expect(await steerJob({ ...world, jobs }, id, 'pause')).toMatchObject({ status: 'paused' });
  expect(await world.jobs.find(id)).toMatchObject({ status: 'paused' });
});
