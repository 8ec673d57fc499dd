import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { laneId, newBulkJob } from '../../lib/core/bulk-job.ts';
import { laneHandler } from '../../lib/handlers/lane.ts';
import type { Turns } from '../../lib/ports.ts';
import { turnsInMemory } from '../support/turns-in-memory.ts';
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

test('a lane that another run holds is left to that run, and is held, not over', async () => {
  expect(await handler(false)(order)).toEqual({ ...order, isHeld: true, isOver: true });
  expect(calls).toEqual([`take ${laneId(job, 1)}`]);
});

test('a lane works until nothing is left, and gives its lease back', async () => {
  const wish = { selection: { all: true }, preset: null, dryRun: false } as const;
  const whole = newBulkJob({ id: job, ...wish }, world.clock.now());
  await world.jobs.add({ ...whole, divided: { lanes: 2, open: 2, runs: 0, allowances: null } });
  // A lane whose images are all made already.
  await world.jobs.add({ ...newBulkJob({ id: laneId(job, 1), ...wish, part: 1 }, world.clock.now()), status: 'done' });
  expect(await handler()(order)).toEqual({ ...order, isHeld: false, isOver: true });
  expect(calls).toEqual([`take ${laneId(job, 1)}`, `give back ${laneId(job, 1)}`]);
});

test('a lane whose run was killed is held for a quarter of an hour, and then worked on to its end by any that still asks', async () => {
  const turns = turnsInMemory();
  await turns.take(laneId(job, 1), world.clock.now(), world.clock.now() + 15 * 60_000);
  const handle = laneHandler({ ...world, turns }, { pause: async () => undefined, pace: 3 });
  // Two executions for the same lane, each of which asks once a minute.
  const asked: boolean[] = [];
  for (let ended = 0; ended < 2; world.pass(30_000)) {
    const { isHeld } = await handle(order);
    asked.push(isHeld);
    if (!isHeld) ended++;
  }
  expect(asked).toEqual([...Array(30).fill(true), false, false]);
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
