import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { laneId, newBulkJob } from '../../lib/core/bulk-job.ts';
import { laneHandler } from '../../lib/handlers/lane.ts';
import type { Turns } from '../../lib/ports.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

const job = 'a'.repeat(26);
const order = { job, part: 1 };
let world: TestWorld;
let calls: string[];
const turnsThat = (isFree: boolean): Turns => ({
  take: async (name) => {
    calls.push(`take ${name}`);
    return isFree;
  },
  giveBack: async (name) => void calls.push(`give back ${name}`),
});
const handler = (isFree = true, more: Partial<TestWorld> = {}) =>
  laneHandler({ ...world, ...more, turns: turnsThat(isFree) }, { pause: async () => undefined, pace: 3 });

beforeEach(async () => {
  world = await openWorld();
  calls = [];
});
afterEach(() => world.close());

test('a lane that another run holds is left to that run', async () => {
  expect(await handler(false)(order)).toEqual({ ...order, isOver: true });
  expect(calls).toEqual([`take ${laneId(job, 1)}`]);
});

test('a lane works until nothing is left, and gives its lease back', async () => {
  const wish = { selection: { all: true }, preset: null, dryRun: false } as const;
  const whole = newBulkJob({ id: job, ...wish }, world.clock.now());
  await world.jobs.add({ ...whole, divided: { lanes: 2, open: 2, runs: 0, allowances: null } });
  // A lane whose images are all made already.
  await world.jobs.add({ ...newBulkJob({ id: laneId(job, 1), ...wish, part: 1 }, world.clock.now()), status: 'done' });
  expect(await handler()(order)).toEqual({ ...order, isOver: true });
  expect(calls).toEqual([`take ${laneId(job, 1)}`, `give back ${laneId(job, 1)}`]);
});

test('a lane that meets trouble gives its lease back, and the engine hears of the trouble', async () => {
  const jobs = { ...world.jobs, find: () => Promise.reject(new Error('throttled')) };
  await expect(handler(true, { jobs })(order)).rejects.toThrow('throttled');
  expect(calls).toEqual([`take ${laneId(job, 1)}`, `give back ${laneId(job, 1)}`]);
});

test('an order that names no lane is refused before a lease is taken', async () => {
  await expect(handler()({ job })).rejects.toThrow();
  expect(calls).toEqual([]);
});
