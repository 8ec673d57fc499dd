import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type BulkJob, newBulkJob } from '../../lib/core/bulk-job.ts';
import { idBytes, idFrom } from '../../lib/core/ids.ts';
import { runLanes } from '../../lib/pipeline/run-lanes.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const divided = { lanes: 3, open: 3, runs: 0, allowances: null };
const addJob = async (more: Partial<BulkJob>): Promise<BulkJob> => {
  const at = world.clock.now();
  const job = newBulkJob(
    { id: idFrom(world.chance.bytes(idBytes)), selection: { all: true }, preset: null, dryRun: false },
    at,
  );
  return (await world.jobs.add({ ...job, ...more })).job;
};
const find = async (id: string): Promise<BulkJob> => {
  const job = await world.jobs.find(id);
  if (!job) throw new Error('the job is gone');
  return job;
};

/** An engine that knows a run by its name, as Step Functions does. */
const engine = () => {
  const started: string[] = [];
  const ended = new Set<string>();
  const start = async (job: string, lanes: number, run: number) => {
    const name = `${job} ${lanes} ${run}`;
    if (ended.has(name)) return 'ended' as const;
    started.push(name);
    return 'under way' as const;
  };
  return { started, ended, lanes: { start } };
};

test('the engine is started for a divided job, and for no other', async () => {
  const { id } = await addJob({ divided });
  await addJob({});
  await addJob({ divided: { ...divided, open: 0 }, status: 'done' });
  const { started, lanes } = engine();
  await runLanes({ ...world, lanes });
  expect(started).toEqual([`${id} 3 0`]);
  expect((await find(id)).divided).toEqual(divided);
});

test('an engine that has ended before its lanes is started again, as another run', async () => {
  const { id } = await addJob({ divided });
  const { started, ended, lanes } = engine();
  ended.add(`${id} 3 0`);
  await runLanes({ ...world, lanes });
  expect(started).toEqual([`${id} 3 1`]);
  expect((await find(id)).divided?.runs).toBe(1);
  await runLanes({ ...world, lanes });
  expect(started).toEqual([`${id} 3 1`, `${id} 3 1`]);
});

test('a job that changed meanwhile is left to the next stroke of the clock', async () => {
  const job = await addJob({ divided });
  const { started, ended, lanes } = engine();
  ended.add(`${job.id} 3 0`);
  const jobs = { ...world.jobs, save: async () => false };
  await runLanes({ jobs, lanes });
  expect(started).toEqual([]);
});
