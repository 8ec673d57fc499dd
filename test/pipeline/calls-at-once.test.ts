import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { clientOptions, promptOptions } from '../../lib/adapters/aws/client-options.ts';
import { shards } from '../../lib/adapters/aws/table.ts';
import { atOnce } from '../../lib/core/bulk-job.ts';
import { originalKey, variantKey } from '../../lib/core/object-keys.ts';
import { callsAtOnce, deletionGroup, purgedAtOnce } from '../../lib/core/sweeping.ts';
import { advanceJobs } from '../../lib/pipeline/advance-job.ts';
import { auditsAtOnce } from '../../lib/pipeline/audit-round.ts';
import { auditLookups, auditStore } from '../../lib/pipeline/audit-store.ts';
import { purge } from '../../lib/pipeline/purge.ts';
import { startJob } from '../../lib/pipeline/start-job.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

const hourMs = 3600_000;
let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** The same port, whose calls end only when the event loop has come round: by then all that did not wait have begun. */
const slowly = <Port extends object>(port: Port, calls: { now: number; most: number }): Port =>
  new Proxy(port, {
    get: (target, name) => {
      const call = Reflect.get(target, name);
      if (typeof call !== 'function' || lists.includes(name)) return call;
      return async (...given: readonly unknown[]) => {
        calls.most = Math.max(calls.most, ++calls.now);
        await setImmediate();
        try {
          return await Reflect.apply(call, target, given);
        } finally {
          calls.now--;
        }
      };
    },
  });
const lists: readonly unknown[] = ['list', 'unfinished', 'openDeletions'];

/** The world as it is behind one client for each service of AWS, and the most calls that each had under way. */
const counting = () => {
  const [table, store, queue] = [0, 0, 0].map(() => ({ now: 0, most: 0 })) as [Calls, Calls, Calls];
  const slow = {
    ...world,
    catalogue: slowly(world.catalogue, table),
    jobs: slowly(world.jobs, table),
    originals: slowly(world.originals, store),
    variants: slowly(world.variants, store),
    queue: slowly(world.queue, queue),
  };
  return { slow, most: () => Math.max(table.most, store.most, queue.most) };
};
type Calls = { now: number; most: number };

const many = 3 * callsAtOnce;
const fileMany = async (count = many, letter?: string): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) ids.push(await world.file(letter));
  return ids;
};

describe('A step has no more calls of one service under way than are allowed:', () => {
  test('a sweep that ends tickets', async () => {
    await fileMany();
    world.pass(2 * hourMs);
    const { slow, most } = counting();
    expect((await sweep(slow, hourMs)).expired).toBe(many);
    expect(most()).toBeLessThanOrEqual(callsAtOnce);
    // It makes use of what it may.
    expect(most()).toBe(callsAtOnce);
  });

  test('a sweep that sends versions again', async () => {
    await fileMany();
    world.pass(2 * hourMs);
    const { slow, most } = counting();
    const found = { key: 'any', bytes: 1, modifiedAt: world.clock.now() };
    const originals = { ...slow.originals, head: async (key: string) => (await slow.originals.head(key)) ?? found };
    expect((await sweep({ ...slow, originals }, hourMs)).requeued).toBe(many);
    expect(most()).toBeLessThanOrEqual(callsAtOnce);
  });

  test('a sweep that looks after deletions, and a purge', async () => {
    for (const id of await fileMany()) await world.catalogue.remove(id, world.clock.now());
    world.pass(3 * hourMs);
    const { slow, most } = counting();
    await sweep(slow, hourMs);
    const edge = { atOnce: many, forget: async (ids: readonly string[]) => ids.length };
    expect((await purge({ ...slow, edge })).purged).toBe(many);
    expect(most()).toBeLessThanOrEqual(callsAtOnce);
  });

  const stored = (keys: readonly string[]) =>
    async function* (prefix: string) {
      for (const key of keys) if (key.startsWith(prefix)) yield { key, bytes: 1, modifiedAt: world.clock.now() };
    };

  test('audits beside each other', async () => {
    const parts = Array.from({ length: auditsAtOnce }, (_, at) => `a${'abcdefgh'[at]}`);
    const ids: string[] = [];
    for (const part of parts) ids.push(...(await fileMany(2 * auditLookups, part)));
    const { slow, most } = counting();
    const list = stored(ids.map((id) => originalKey({ id, version: 1 })));
    const audited = { ...slow, originals: { ...slow.originals, list } };
    await Promise.all(parts.map((part) => auditStore(audited, part)));
    expect(most()).toBe(auditLookups * auditsAtOnce);
    expect(most()).toBeLessThanOrEqual(callsAtOnce);
  });

  test('an audit of one image with very many versions, beside another', async () => {
    const id = await world.file();
    const { slow, most } = counting();
    const versions = Array.from({ length: many }, (_, at) => at + 2);
    const list = stored(versions.map((version) => variantKey({ id, version, name: '640w', format: 'webp' })));
    await auditStore({ ...slow, variants: { ...slow.variants, list } }, 'a');
    expect(most()).toBe(auditLookups);
    expect(most() * auditsAtOnce).toBeLessThanOrEqual(callsAtOnce);
  });

  test.each([true, false])('a job over named images (a dry run: %s)', async (dryRun) => {
    await startJob(world, { selection: { ids: await fileMany() }, dryRun });
    const { slow, most } = counting();
    for (let slice = 0; slice < 4; slice++) await advanceJobs(slow, 1000);
    expect(most()).toBeGreaterThan(1);
    expect(most()).toBeLessThanOrEqual(callsAtOnce);
  });
});

test('No group of work is larger than that', () => {
  expect(deletionGroup.size * deletionGroup.atOnce).toBeLessThanOrEqual(callsAtOnce);
  expect(auditLookups * auditsAtOnce).toBeLessThanOrEqual(callsAtOnce);
  expect(Math.max(purgedAtOnce, atOnce)).toBeLessThanOrEqual(callsAtOnce);
});

test.each([
  ['clientOptions', clientOptions],
  ['promptOptions', promptOptions],
])('%s give each of them a socket at once, and the shards of a list as well', (_, { requestHandler }) => {
  const { httpAgent, httpsAgent } = requestHandler;
  for (const { maxSockets } of [httpAgent, httpsAgent])
    expect(maxSockets).toBeGreaterThanOrEqual(callsAtOnce + 5 * shards);
});
