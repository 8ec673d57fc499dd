import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startJob } from '../../lib/pipeline/start-job.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const request = { selection: { collection: 'birds' }, dryRun: false };
const claim = (fingerprint = 'one') => ({ key: 'k', fingerprint, expiresAt: world.clock.now() + 1000 });
const stored = async () => Array.fromAsync(world.jobs.unfinished());

describe('the start of a bulk job', () => {
  test('stores what is to be done, and does none of it yet', async () => {
    await world.file('a', { collection: 'birds' });
    const job = await startJob(world, { ...request, preset: 'gallery', dryRun: true });
    expect(job).toMatchObject({ ...request, preset: 'gallery', dryRun: true });
    expect(job).toMatchObject({ status: 'running', stage: 'counting', total: 0, createdAt: world.clock.now() });
    expect(await stored()).toEqual([job]);
    expect(world.queue.depth()).toBe(0);
  });

  test('makes a new job each time', async () => {
    const ids = [await startJob(world, request), await startJob(world, request)].map(({ id }) => id);
    expect(new Set((await stored()).map(({ id }) => id))).toEqual(new Set(ids));
    expect(new Set(ids).size).toBe(2);
  });

  test('makes one job under one Idempotency-Key, and refuses the key for another request', async () => {
    const first = await startJob(world, request, claim());
    expect(await startJob(world, request, claim())).toEqual(first);
    const other = startJob(world, { ...request, dryRun: true }, claim('other'));
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
    expect(await stored()).toEqual([first]);
  });

  test('is refused for a preset that is not configured, and stores nothing', async () => {
    const refused = startJob(world, { ...request, preset: 'none' });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-request', fields: [{ path: 'preset' }] });
    expect(await stored()).toEqual([]);
  });
});
