import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { listJobs } from '../../lib/pipeline/list-jobs.ts';
import { startJob } from '../../lib/pipeline/start-job.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test('lists every job once, page by page, in the order of the catalogue', async () => {
  const ids: string[] = [];
  for (let at = 0; at < 5; at++)
    ids.push((await startJob(world, { selection: { collection: `c${at}` }, dryRun: false })).id);
  const found: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await listJobs(world.jobs, { limit: 2, cursor });
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect([...found].sort()).toEqual([...ids].sort());
});

test('refuses a cursor that it did not give out', async () => {
  await expect(listJobs(world.jobs, { limit: 2, cursor: 'bm9uc2Vuc2U' })).rejects.toMatchObject({
    code: 'invalid-request',
    fields: [{ path: 'cursor' }],
  });
});
