import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newBulkJob } from '../../lib/core/bulk-job.ts';
import { findJob } from '../../lib/pipeline/find-job.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test('a bulk job is found as it was stored', async () => {
  const job = newBulkJob({ id: 'a'.repeat(26), selection: { all: true }, preset: null, dryRun: false }, 5);
  await world.jobs.add(job);
  expect(await findJob(world.jobs, job.id)).toEqual(job);
});

test('a job that is not there is refused, with the word job', async () => {
  await expect(findJob(world.jobs, 'z'.repeat(26))).rejects.toMatchObject({
    code: 'not-found',
    message: 'There is no job with this id.',
  });
});
