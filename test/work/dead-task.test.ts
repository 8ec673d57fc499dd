import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newBulkJob } from '../../lib/core/bulk-job.ts';
import { begin, type Unfinished } from '../../lib/core/image.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { endDeadTask } from '../../lib/work/dead-task.ts';
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

const endTask = () => endDeadTask(world, { render: { id, version: 1 } });
const attempts = async (count: number, leaseMs = 0) => {
  for (let attempt = 1; attempt <= count; attempt++)
    await world.catalogue.move(
      begin((await world.catalogue.version(id, 1)) as Unfinished, world.clock.now(), { leaseMs }),
    );
};

describe('a message that came back too often', () => {
  test('ends a version whose attempts are used up', async () => {
    await attempts(3);
    await endTask();
    expect(await world.catalogue.version(id, 1)).toMatchObject({ status: 'failed', error: { code: 'gave-up' } });
  });

  test.each([0, 1, 2])('leaves a version with %i attempts to the sweep, which sends it again', async (count) => {
    await attempts(count);
    await endTask();
    world.pass(60 * 60_000);
    expect(await sweep(world, 60 * 60_000)).toMatchObject({ requeued: 1 });
    await world.drain();
    expect(await world.ready(id)).toMatchObject({ attempts: count + 1 });
  });

  test('leaves the last attempt alone while it is under way', async () => {
    await attempts(3, 60_000);
    await endTask();
    expect(await world.catalogue.version(id, 1)).toMatchObject({ status: 'processing' });
  });

  test('ends the sample of a dry run as failed, so that its job does not wait for it', async () => {
    const dryRun = newBulkJob(
      { id: 'j'.repeat(26), selection: { ids: [id] }, preset: null, dryRun: true },
      world.clock.now(),
    );
    await world.jobs.add({ ...dryRun, stage: 'waiting', total: 1, underWay: [{ id, version: 0 }] });
    await endDeadTask(world, { sample: { job: dryRun.id, id, preset: null } });
    expect(await world.jobs.find(dryRun.id)).toMatchObject({ failed: 1, underWay: [] });
  });
});
