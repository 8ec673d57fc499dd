import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  atOnce,
  type Budget,
  type BulkJob,
  bulkJobFrom,
  dollarsSpent,
  type Estimate,
  estimateOf,
  newBulkJob,
  type Selection,
} from '../../lib/core/bulk-job.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { advanceJob, advanceJobs, type JobWorld } from '../../lib/pipeline/advance-job.ts';
import { giveUp } from '../../lib/pipeline/parts/give-up.ts';
import { requestVersion } from '../../lib/pipeline/request-version.ts';
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

const readyImages = async (count: number, collection: string | null = null): Promise<string[]> => {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) ids.push(await world.arrive(photo, 'a', { collection }));
  await sweep(world, 0);
  await world.drain();
  return ids;
};
const start = (selection: Selection, more: { preset?: string; dryRun?: boolean; budget?: Budget } = {}) =>
  startJob({ ...world, dollarsOf: dime }, { selection, dryRun: false, ...more });
/** Each image costs ten cents. */
const dime = ({ images }: Estimate): number => images / 10;
const find = async (id: string): Promise<BulkJob> => {
  const job = await world.jobs.find(id);
  if (!job) throw new Error('the job is gone');
  return job;
};
/** Slice after slice, with the renderers at work in between, until the job is done. */
const finish = async (id: string, pace = 3, other: Partial<JobWorld> = {}): Promise<BulkJob> => {
  for (let slices = 0; slices < 200; slices++) {
    const job = await find(id);
    if (job.status === 'done' || job.status === 'paused') return job;
    await advanceJob({ ...world, ...other }, job, pace);
    await world.drain();
  }
  throw new Error('the job never ends');
};
const versionsOf = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await world.catalogue.find(id))?.visible?.version));

describe('a job', () => {
  test('is said to be open until its last image is counted', async () => {
    expect(await advanceJobs(world, 1)).toBe(false);
    const { id } = await start({ ids: await readyImages(2) });
    const open: boolean[] = [];
    while ((await find(id)).status !== 'done') {
      open.push(await advanceJobs(world, 1));
      await world.drain();
    }
    expect(open.pop()).toBe(false);
    expect(open).toContain(true);
    expect(open).not.toContain(false);
  });

  test('goes on beside another one in trouble, which is told in the end', async () => {
    const ids = await readyImages(3);
    for (const one of ids) await start({ ids: [one] });
    const jobs = await Array.fromAsync(world.jobs.unfinished());
    // The first one whose turn it is.
    const [bad] = jobs.flatMap(({ selection }) => ('ids' in selection ? selection.ids : []));
    const trouble = new Error('cannot be read');
    const catalogue: TestWorld['catalogue'] = {
      ...world.catalogue,
      find: async (one) => {
        if (one === bad) throw trouble;
        return world.catalogue.find(one);
      },
    };
    for (let slices = 0; slices < 6; slices++) {
      await expect(advanceJobs({ ...world, catalogue }, 1)).rejects.toBe(trouble);
      await world.drain();
    }
    const after = await Promise.all(jobs.map(({ id }) => find(id)));
    expect(after.map(({ status }) => status)).toEqual(['running', 'done', 'done']);
  });

  /** Takes its time, and notes how many calls there were at the same time. */
  const slow = <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) => {
    const calls = { now: 0, most: 0 };
    const counted = async (...given: Given): Promise<Result> => {
      calls.most = Math.max(calls.most, ++calls.now);
      await setImmediate();
      calls.now--;
      return call(...given);
    };
    return { calls, counted };
  };

  test('hands its images over side by side', async () => {
    const ids = await readyImages(3);
    const { id } = await start({ ids });
    await advanceJob(world, await find(id), 3);
    const { calls, counted } = slow(world.queue.send);
    await advanceJob({ ...world, queue: { ...world.queue, send: counted } }, await find(id), 3);
    expect(calls.most).toBe(3);
    expect((await find(id)).underWay.map((one) => one.id)).toEqual(ids);
  });

  test('asks about what is under way side by side, and never about more than so many', async () => {
    const underWay = Array.from({ length: 2 * atOnce + 5 }, () => ({ id: 'gone'.padEnd(26, 'a'), version: 1 }));
    const order = { id: 'job'.padEnd(26, 'a'), selection: { all: true }, preset: null, dryRun: false } as const;
    const job: BulkJob = { ...newBulkJob(order, world.clock.now()), stage: 'waiting', underWay };
    await world.jobs.add(job);
    const { calls, counted } = slow(world.catalogue.version);
    const after = await advanceJob({ ...world, catalogue: { ...world.catalogue, version: counted } }, job, 10);
    expect(calls.most).toBe(atOnce);
    expect(after).toMatchObject({ skipped: 2 * atOnce + 5, underWay: [], status: 'done' });
  });

  test('renders a collection again, each image once, and no other', async () => {
    const birds = await readyImages(7, 'birds');
    const fish = await readyImages(2, 'fish');
    const { id } = await start({ collection: 'birds' });
    expect(await finish(id)).toMatchObject({ status: 'done', total: 7, done: 7, failed: 0, skipped: 0, failures: [] });
    expect(await versionsOf(birds)).toEqual(birds.map(() => 2));
    expect(await versionsOf(fish)).toEqual([1, 1]);
  });

  test('never has more images with the renderers than its pace allows', async () => {
    await readyImages(6, 'birds');
    const { id } = await start({ collection: 'birds' });
    for (let slices = 0; slices < 8; slices++) {
      const job = await advanceJob(world, await find(id), 2);
      expect(job.underWay.length).toBeLessThanOrEqual(2);
      expect(world.queue.depth()).toBeLessThanOrEqual(2);
    }
  });

  test('of everything takes every image, also of the present recipe', async () => {
    const ids = await readyImages(4);
    const { id } = await start({ all: true });
    expect(await finish(id)).toMatchObject({ total: 4, done: 4 });
    expect(await versionsOf(ids)).toEqual([2, 2, 2, 2]);
  });

  test('of what is stale takes only what another recipe has made', async () => {
    const ids = await readyImages(4);
    const same = await start({ stale: true });
    expect(await finish(same.id)).toMatchObject({ total: 0, done: 0 });
    const newer = await start({ stale: true });
    const changed = { recipeOf: () => 'another recipe' };
    expect(await finish(newer.id, 3, changed)).toMatchObject({ total: 4, done: 4 });
    expect(await versionsOf(ids)).toEqual([2, 2, 2, 2]);
  });

  test('counts what failed with its reason, and what it could not do', async () => {
    const [good = '', bad = '', gone = ''] = await readyImages(3);
    const waiting = await world.file();
    await world.originals.put(originalKey({ id: bad, version: 1 }), photo.slice(0, photo.length - 1));
    await world.catalogue.remove(gone, world.clock.now());
    const { id } = await start({ ids: [good, bad, gone, waiting] });
    const job = await finish(id);
    expect(job).toMatchObject({ total: 4, done: 1, failed: 1, skipped: 2 });
    expect(job.failures).toEqual([{ id: bad, code: 'checksum-mismatch', message: expect.stringMatching(/\w/) }]);
  });

  test.each([
    ['is awaited', false],
    ['waits for a renderer', true],
  ])('leaves out an image whose new upload %s, and overtakes none', async (_, hasArrived) => {
    const [image = ''] = await readyImages(1);
    const other = await bytesOf(noise(130, 130).jpeg());
    await requestVersion(world, image, { contentType: 'image/jpeg', bytes: other.length });
    const put = () => world.originals.put(originalKey({ id: image, version: 2 }), other);
    if (hasArrived) await put();
    const { id } = await start({ all: true });
    expect(await finish(id)).toMatchObject({ status: 'done', total: 1, handed: 0, done: 0, skipped: 1 });
    await put();
    await world.queue.send({ render: { id: image, version: 2 } });
    await world.drain();
    expect(await world.catalogue.find(image)).toMatchObject({
      newest: { version: 2 },
      visible: { version: 2, source: 2 },
    });
  });

  /** Uploads a file that is no picture for an image that is shown. */
  const spoil = async (image: string): Promise<void> => {
    await requestVersion(world, image, { contentType: 'image/jpeg', bytes: 9 });
    await world.originals.put(originalKey({ id: image, version: 2 }), new Uint8Array(9));
    await world.queue.send({ render: { id: image, version: 2 } });
    await world.drain();
  };
  const changed = { recipeOf: () => 'another recipe' };

  test.each<[string, Selection]>([
    ['of what is stale', { stale: true }],
    ['of everything', { all: true }],
  ])('%s makes the picture that people see again where a newer upload has failed', async (_, selection) => {
    const [image = ''] = await readyImages(1);
    await spoil(image);
    expect(await world.catalogue.version(image, 2)).toMatchObject({ status: 'failed' });
    const { id } = await start(selection);
    expect(await finish(id, 3, changed)).toMatchObject({ done: 1, failed: 0 });
    expect(await world.catalogue.find(image)).toMatchObject({ visible: { version: 3, source: 1 } });
  });

  test('makes the picture that people see again where a ticket that was never used came after the upload that failed', async () => {
    const [image = ''] = await readyImages(1);
    await spoil(image);
    await requestVersion(world, image, { contentType: 'image/jpeg', bytes: 9 });
    world.pass(2 * 60 * 60_000);
    await sweep(world, 0);
    expect(await world.catalogue.version(image, 3)).toMatchObject({ status: 'expired' });
    const { id } = await start({ all: true });
    expect(await finish(id)).toMatchObject({ done: 1, failed: 0 });
    expect(await world.catalogue.find(image)).toMatchObject({ visible: { version: 4, source: 1 } });
  });

  test('tries a failed upload again where the image is named, and where the machine was to blame', async () => {
    const [named = '', blameless = ''] = await readyImages(2);
    await spoil(named);
    await finish((await start({ ids: [named] })).id);
    expect(await world.catalogue.version(named, 3)).toMatchObject({ status: 'failed', source: 2 });
    await requestVersion(world, blameless, { contentType: 'image/jpeg', bytes: photo.length });
    await world.originals.put(originalKey({ id: blameless, version: 2 }), photo);
    await giveUp(world, { id: blameless, version: 2 }, 'render-death');
    await finish((await start({ stale: true })).id, 3, changed);
    expect(await world.catalogue.version(blameless, 3)).toMatchObject({ status: 'ready', source: 2 });
  });

  test('renders by the preset that it names', async () => {
    const [image = ''] = await readyImages(1);
    const { id } = await start({ ids: [image] }, { preset: 'specimen' });
    await finish(id);
    expect((await world.ready(image, 2)).rendering.variants.map((one) => one.name)).toEqual([
      'small',
      'medium',
      'large',
      'xlarge',
    ]);
  });

  test('passes over images when its preset is gone from the configuration, and comes to its end', async () => {
    const ids = await readyImages(2);
    const { id } = await start({ ids }, { preset: 'specimen' });
    const { specimen, ...presets } = world.config.presets;
    const job = await finish(id, 3, { config: { ...world.config, presets } });
    expect(job).toMatchObject({ status: 'done', total: 2, done: 0, failed: 0, skipped: 2 });
  });

  test('makes one version of each image though every slice is worked twice, as if it had been killed before it was saved', async () => {
    const ids = await readyImages(5, 'birds');
    const { id } = await start({ collection: 'birds' });
    const forgetful = { ...world, jobs: { ...world.jobs, save: async () => false } };
    for (let slices = 0; slices < 50 && (await find(id)).status !== 'done'; slices++) {
      await advanceJob(forgetful, await find(id), 2);
      await advanceJob(world, await find(id), 2);
      await world.drain();
    }
    expect(await find(id)).toMatchObject({ status: 'done', done: 5 });
    expect(await versionsOf(ids)).toEqual([2, 2, 2, 2, 2]);
  });

  /** A slice that makes a version, and is killed before the job is saved. */
  const killedSlice = async (id: string, other: Partial<JobWorld> = {}): Promise<void> => {
    await advanceJob({ ...world, ...other }, await find(id), 2);
    const forgetful = { ...world.jobs, save: async () => false };
    await advanceJob({ ...world, ...other, jobs: forgetful }, await find(id), 2);
  };

  test.each(['waits for a renderer', 'is ready'])(
    'counts a version that it made before it was killed, which %s, though a ticket came after it',
    async (how) => {
      const [image = ''] = await readyImages(1);
      const { id } = await start({ all: true });
      await killedSlice(id);
      if (how === 'is ready') await world.drain();
      await requestVersion(world, image, { contentType: 'image/jpeg', bytes: 9 });
      expect(await finish(id)).toMatchObject({ status: 'done', total: 1, handed: 1, done: 1, skipped: 0 });
      expect(await world.catalogue.find(image)).toMatchObject({ newest: { version: 3 }, visible: { version: 2 } });
    },
  );

  test.each(['', ', and a ticket that came after it'])(
    'of what is stale counts a version that it made before it was killed and that is ready%s',
    async (ticket) => {
      const [image = ''] = await readyImages(2);
      const { id } = await start({ stale: true });
      let recipe = 'another recipe';
      const other = { recipeOf: () => recipe };
      await killedSlice(id, other);
      await world.drain();
      // By this recipe the versions that the job made are no longer stale.
      recipe = (await world.ready(image, 2)).rendering.recipe;
      if (ticket) await requestVersion(world, image, { contentType: 'image/jpeg', bytes: 9 });
      expect(await finish(id, 3, other)).toMatchObject({ status: 'done', total: 2, handed: 2, done: 2, skipped: 0 });
      expect(await versionsOf([image])).toEqual([2]);
    },
  );

  test('advanced by several at once does its work once', async () => {
    const ids = await readyImages(5, 'birds');
    const { id } = await start({ collection: 'birds' });
    for (let slices = 0; slices < 50 && (await find(id)).status !== 'done'; slices++) {
      const job = await find(id);
      await Promise.all([advanceJob(world, job, 2), advanceJob(world, job, 2), advanceJob(world, job, 2)]);
      await world.drain();
    }
    expect(await find(id)).toMatchObject({ status: 'done', done: 5, failed: 0, skipped: 0 });
    expect(await versionsOf(ids)).toEqual([2, 2, 2, 2, 2]);
  });

  test('does not meet images that are added while it runs', async () => {
    await readyImages(3, 'birds');
    const { id } = await start({ collection: 'birds' });
    await advanceJob(world, await find(id), 1);
    world.pass(1);
    const [later = ''] = await readyImages(1, 'birds');
    expect(await finish(id, 1)).toMatchObject({ total: 3, done: 3 });
    expect(await versionsOf([later])).toEqual([1]);
  });
});

describe('an order that comes in the middle of a slice is kept, and so is what the slice has handed over:', () => {
  /** A job whose order comes when the slice adds its first version. */
  const disturbed = (disturb: () => Promise<unknown>): JobWorld => {
    let calls = 0;
    const addVersion: TestWorld['catalogue']['addVersion'] = async (next) => {
      if (calls++ === 0) await disturb();
      return world.catalogue.addVersion(next);
    };
    return { ...world, catalogue: { ...world.catalogue, addVersion } };
  };

  test.each([
    ['cancel', 'cancelled'],
    ['pause', 'paused'],
  ] as const)('%s', async (order, status) => {
    const ids = await readyImages(4);
    const { id } = await start({ ids });
    await advanceJob(world, await find(id), 3);
    const other = disturbed(() => steerJob(world, id, order));
    expect(await advanceJob(other, await find(id), 3)).toMatchObject({ status, handed: 3 });
    expect((await find(id)).underWay.map((one) => one.id)).toEqual(ids.slice(0, 3));
    await world.drain();
    await advanceJob(world, await find(id), 3);
    expect(await find(id)).toMatchObject({ status, handed: 3, done: 3, underWay: [] });
    expect(await versionsOf(ids)).toEqual([2, 2, 2, 1]);
  });

  test('a cancel that drops the samples of a dry run', async () => {
    const { id } = await start({ ids: await readyImages(2) }, { dryRun: true });
    await advanceJob(world, await find(id), 3);
    const send = async () => void (await steerJob(world, id, 'cancel'));
    await advanceJob({ ...world, queue: { ...world.queue, send } }, await find(id), 3);
    expect(await find(id)).toMatchObject({ status: 'cancelled', underWay: [], samplesSentAt: world.clock.now() });
  });

  test('but a slice is lost, and repeated, if another one has been saved meanwhile', async () => {
    const ids = await readyImages(2);
    const { id } = await start({ ids });
    await advanceJob(world, await find(id), 3);
    const before = await find(id);
    const other = disturbed(async () => {
      await advanceJob(world, before, 1);
      await steerJob(world, id, 'pause');
    });
    expect(await advanceJob(other, before, 3)).toBe(before);
    await steerJob(world, id, 'resume');
    expect(await finish(id)).toMatchObject({ status: 'done', handed: 2, done: 2 });
  });
});

describe('a dry run', () => {
  test('predicts bytes and time for all from a sample spread over them, and renders nothing for keeps', async () => {
    const ids = await readyImages(20, 'birds');
    const { rendering } = await world.ready(ids[0] ?? '');
    const bytes = rendering.variants.reduce((sum, variant) => sum + variant.bytes, 0);
    const { id } = await start({ collection: 'birds' }, { dryRun: true });
    const job = await finish(id);
    expect(job.samples.length).toBeGreaterThanOrEqual(4);
    expect(job.samples.length).toBeLessThanOrEqual(8);
    expect(job).toMatchObject({ status: 'done', total: 20, failed: 0 });
    const estimate = estimateOf(job);
    expect(estimate?.images).toBe(20);
    // The same picture twenty times: the prediction is exact.
    expect(estimate?.bytes).toBe(bytes * 20);
    expect(await versionsOf(ids)).toEqual(ids.map(() => 1));
  });

  test('sends each sample once while a long queue is worked off, and again after a while, so that none is lost', async () => {
    const ids = await readyImages(3);
    const sent: unknown[] = [];
    const send = async (task: unknown) => void sent.push(task);
    const busy = { ...world, queue: { ...world.queue, send } };
    const { id } = await start({ ids }, { dryRun: true });
    const slices = async (count: number) => {
      for (let slice = 0; slice < count; slice++) {
        await advanceJob(busy, await find(id), 10);
        world.pass(1000);
      }
    };
    await slices(300);
    expect(sent).toEqual(ids.map((one) => ({ sample: { job: id, id: one, preset: null } })));
    await slices(310);
    expect(sent).toHaveLength(6);
  });

  test('reports a sample that cannot be rendered', async () => {
    const [image = ''] = await readyImages(1);
    await world.originals.put(originalKey({ id: image, version: 1 }), new Uint8Array(photo.length));
    const { id } = await start({ ids: [image] }, { dryRun: true });
    expect(await finish(id)).toMatchObject({ done: 0, failed: 1, failures: [{ id: image, code: 'not-an-image' }] });
  });

  test('ends though a sample kills its renderer every time', async () => {
    const [image = ''] = await readyImages(1);
    const { id } = await start({ ids: [image] }, { dryRun: true });
    await advanceJob(world, await find(id), 1);
    await advanceJob(world, await find(id), 1);
    const deadly = { ...world.renderer, render: () => Promise.reject(new Error('out of memory')) };
    await world.drain({ renderer: deadly });
    expect(await finish(id)).toMatchObject({ status: 'done', failed: 1, failures: [{ id: image, code: 'gave-up' }] });
  });
});

describe('A job with a budget', () => {
  const used = { status: 'paused', pausedBecause: 'budget-used', underWay: [] };

  test('of images is paused when it has handed over so many, says why, and goes on with a higher one', async () => {
    const ids = await readyImages(5, 'birds');
    const { id } = await start({ collection: 'birds' }, { budget: { images: 3 } });
    expect(await finish(id, 2)).toMatchObject({ ...used, total: 5, handed: 3, done: 3 });
    expect((await versionsOf(ids)).filter((version) => version === 2)).toHaveLength(3);
    await expect(steerJob(world, id, 'resume')).rejects.toMatchObject({ code: 'conflict' });
    await expect(steerJob(world, id, 'resume', { images: 3 })).rejects.toMatchObject({ code: 'conflict' });
    const resumed = await steerJob(world, id, 'resume', { images: 5 });
    expect(resumed).toMatchObject({ status: 'running', pausedBecause: null, budget: { images: 5 } });
    expect(await finish(id, 2)).toMatchObject({ status: 'done', handed: 5, done: 5 });
    expect(await versionsOf(ids)).toEqual([2, 2, 2, 2, 2]);
  });

  test('that is just large enough comes to its end', async () => {
    await readyImages(4, 'birds');
    const { id } = await start({ collection: 'birds' }, { budget: { images: 4 } });
    expect(await finish(id, 2)).toMatchObject({ status: 'done', handed: 4 });
  });

  test('in dollars never spends more, by what its own images have cost', async () => {
    await readyImages(11, 'birds');
    const { id } = await start({ collection: 'birds' }, { budget: { dollars: 0.95 } });
    const paused = await finish(id, 20, { dollarsOf: dime });
    expect(paused).toMatchObject({ ...used, handed: 9, done: 9 });
    expect(dollarsSpent(paused, dime)).toBeCloseTo(0.9);
  });

  test('in dollars renders few images before it knows what one costs', async () => {
    await readyImages(9, 'birds');
    const { id } = await start({ collection: 'birds' }, { budget: { dollars: 100 } });
    await advanceJob({ ...world, dollarsOf: dime }, await find(id), 20);
    await advanceJob({ ...world, dollarsOf: dime }, await find(id), 20);
    expect((await find(id)).underWay).toHaveLength(8);
  });

  test('in dollars is paused when the first images all fail, and tries as many again with each higher one', async () => {
    const ids = await readyImages(30, 'birds');
    for (const image of ids)
      await world.originals.put(originalKey({ id: image, version: 1 }), photo.slice(0, photo.length - 1));
    const { id } = await start({ collection: 'birds' }, { budget: { dollars: 5 } });
    const priced = { ...world, dollarsOf: dime };
    expect(await finish(id, 3, priced)).toMatchObject({ ...used, handed: 8, done: 0, failed: 8 });
    for (const budget of [undefined, { dollars: 5 }])
      await expect(steerJob(priced, id, 'resume', budget)).rejects.toMatchObject({ code: 'conflict' });
    for (let time = 1; time <= 2; time++) await steerJob(priced, id, 'resume', { dollars: 6 });
    expect(await finish(id, 3, priced)).toMatchObject({ ...used, handed: 16, done: 0, failed: 16 });
    // As soon as one is ready, its costs count, and the failures count as much.
    for (const image of ids) await world.originals.put(originalKey({ id: image, version: 1 }), photo);
    await steerJob(priced, id, 'resume', { dollars: 2.05 + 5 });
    expect(await finish(id, 3, priced)).toMatchObject({ status: 'done', handed: 30, done: 14, failed: 16 });
  });

  test('counts an image once though its slice is worked twice, as if it had been killed before it was saved', async () => {
    await readyImages(5, 'birds');
    const { id } = await start({ collection: 'birds' }, { budget: { images: 3 } });
    const forgetful = { ...world, jobs: { ...world.jobs, save: async () => false } };
    for (let slices = 0; slices < 50 && (await find(id)).status === 'running'; slices++) {
      await advanceJob(forgetful, await find(id), 2);
      await advanceJob(world, await find(id), 2);
      await world.drain();
    }
    expect(await find(id)).toMatchObject({ ...used, handed: 3, done: 3 });
  });

  test('in dollars is refused by a home without prices', async () => {
    const refusal = { code: 'invalid-request', fields: [{ path: 'budget.dollars' }] };
    const wanted = { selection: { all: true }, dryRun: false, budget: { dollars: 1 } } as const;
    await expect(startJob(world, wanted)).rejects.toMatchObject(refusal);
    const { id } = await start({ ids: await readyImages(1) });
    await expect(steerJob(world, id, 'resume', { dollars: 1 })).rejects.toMatchObject(refusal);
  });

  test('may have been stored before there were budgets: then it is read as one without', () => {
    const job = newBulkJob({ id: 'job', selection: { all: true }, preset: null, dryRun: false }, 0);
    const { budget, pausedBecause, handed, handedAtBudget, taken, ...stored } = job;
    expect(bulkJobFrom(JSON.stringify(stored))).toEqual(job);
  });
});
