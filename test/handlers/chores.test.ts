import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { originalKey } from '../../lib/core/object-keys.ts';
import { sweepShares } from '../../lib/core/sweeping.ts';
import { choresHandler } from '../../lib/handlers/chores.ts';
import { startJob } from '../../lib/pipeline/start-job.ts';
import { type ChoreTally, chores } from '../../lib/work/chores.ts';
import { mostNoted } from '../../lib/work/stuck-versions.ts';
import { turnsInMemory } from '../support/turns-in-memory.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** Hold from one sweep to the next. */
let notes: Map<string, string>;
beforeEach(() => {
  notes = new Map();
});

const clockwork = (
  more: Partial<TestWorld> = {},
  turns = turnsInMemory(),
  pause = async (_ms: number): Promise<void> => undefined,
) => {
  const counted: ChoreTally[] = [];
  const errors: string[] = [];
  const said: string[] = [];
  const handle = choresHandler(
    {
      ...world,
      ...more,
      log: {
        info: (message) => void said.push(message),
        warn: () => undefined,
        error: (message) => void errors.push(message),
      },
      turns,
      notes: { read: async (name) => notes.get(name), write: async (name, text) => void notes.set(name, text) },
      edge: undefined,
      lanes: { start: async () => 'under way' },
    },
    { pause, pace: 1, tally: (tally) => void counted.push(tally) },
  );
  return { counted, errors, said, handle };
};

describe('The clock', () => {
  test.each(chores)('counts the chore %s when it has come to its end, and again at the next stroke', async (chore) => {
    const { counted, handle } = clockwork();
    await handle({ chore });
    await handle({ chore });
    expect(counted.map((tally) => tally.chore)).toEqual([chore, chore]);
  });

  test('does not count a chore that failed, and lets the next stroke have it', async () => {
    const turns = turnsInMemory();
    const unfinished: TestWorld['catalogue']['unfinished'] = () => {
      throw new Error('the table is away');
    };
    const broken = clockwork({ catalogue: { ...world.catalogue, unfinished } }, turns);
    await expect(broken.handle({ chore: 'sweep' })).rejects.toThrow('the table is away');
    expect(broken.counted).toEqual([]);
    const well = clockwork({}, turns);
    await well.handle({ chore: 'sweep' });
    expect(well.counted).toHaveLength(1);
  });

  test('brings jobs to their end in one stroke beside one in trouble, and fails then', async () => {
    for (let count = 0; count < 2; count++)
      await startJob(world, { selection: { ids: [await world.file()] }, dryRun: false });
    const [stuck, other] = await Array.fromAsync(world.jobs.unfinished());
    const trouble = new Error('cannot be saved');
    const save: TestWorld['jobs']['save'] = async (job) => {
      if (job.id === stuck?.id) throw trouble;
      return world.jobs.save(job);
    };
    const { counted, handle } = clockwork({ jobs: { ...world.jobs, save } }, turnsInMemory(), async (ms) => {
      world.pass(ms);
    });
    await expect(handle({ chore: 'jobs' })).rejects.toBe(trouble);
    expect(counted).toEqual([]);
    expect(await world.jobs.find(stuck?.id ?? '')).toMatchObject({ status: 'running' });
    expect(await world.jobs.find(other?.id ?? '')).toMatchObject({ status: 'done' });
  });

  test('leaves a chore to the run before while that is at work, but not for longer than it may run', async () => {
    const turns = turnsInMemory();
    await turns.take('sweep', world.clock.now(), world.clock.now() + 15 * 60_000);
    const { counted, handle } = clockwork({}, turns);
    await handle({ chore: 'sweep' });
    expect(counted).toEqual([]);
    await handle({ chore: 'audit' });
    world.pass(15 * 60_000);
    await handle({ chore: 'sweep' });
    expect(counted.map(({ chore }) => chore)).toEqual(['audit', 'sweep']);
  });

  test('sweeps in shares, each with a lease of its own', async () => {
    const turns = turnsInMemory();
    await world.file();
    world.pass(3 * 3600_000);
    const { counted, said, handle } = clockwork({}, turns);
    await turns.take('sweep-1', world.clock.now(), world.clock.now() + 15 * 60_000);
    for (let share = 0; share < sweepShares; share++) await handle({ chore: 'sweep', share });
    expect(said).toContain('chore still under way: sweep-1');
    expect(counted.map(({ expired }) => expired)).toEqual([1, 0, 0]);
  });

  describe('says how long the version has waited that has waited longest:', () => {
    const quarterMs = 15 * 60_000;
    const hourMs = 4 * quarterMs;
    /** What all shares say at each sweep of so many hours, while tickets are abandoned all the time. */
    const watch = async (hours: number): Promise<readonly { readonly at: number; readonly oldestMs: number }[]> => {
      const seen: { readonly at: number; readonly oldestMs: number }[] = [];
      for (let quarter = 0; quarter < 4 * hours; quarter++) {
        await world.file('b');
        world.pass(quarterMs);
        const { counted, handle } = clockwork();
        for (let share = 0; share < sweepShares; share++) await handle({ chore: 'sweep', share });
        const said = counted.map(({ oldestMs = 0 }) => oldestMs);
        seen.push({ at: world.clock.now(), oldestMs: Math.max(...said) });
      }
      return seen;
    };

    test('without a gap from the first time on that it is sent again, beside abandoned tickets, and no longer than it waits', async () => {
      await world.arrive(new Uint8Array(1));
      const since = world.clock.now();
      for (const { at, oldestMs } of await watch(14)) {
        const ageMs = at - since;
        if (ageMs < hourMs) expect(oldestMs).toBe(0);
        if (ageMs > hourMs + quarterMs) expect(Math.abs(oldestMs - ageMs)).toBeLessThan(1000);
      }
      await world.drain();
      expect((await watch(1)).map(({ oldestMs }) => oldestMs)).toEqual([0, 0, 0, 0]);
    });

    test('also after a sweep that ended in trouble when it had sent one of them again', async () => {
      await world.arrive(new Uint8Array(1));
      await world.arrive(new Uint8Array(1));
      world.pass(2 * hourMs);
      let sent = 0;
      const send: TestWorld['queue']['send'] = async (task) => {
        if (sent++ > 0) throw new Error('the queue is throttled');
        await world.queue.send(task);
      };
      const broken = clockwork({ queue: { ...world.queue, send } });
      await expect(broken.handle({ chore: 'sweep' })).rejects.toThrow('throttled');
      expect(JSON.parse(notes.get('stuck') ?? '')).toHaveLength(1);
    });

    test('an abandoned ticket alone is nothing that waits', async () => {
      expect((await watch(3)).every(({ oldestMs }) => oldestMs === 0)).toBe(true);
    });

    test('of very many it notes the oldest, and forgets those that are gone', async () => {
      const first = await world.file();
      world.pass(60_000);
      for (let at = 0; at < 2 * mostNoted; at++) await world.file();
      const head: TestWorld['originals']['head'] = async (key) => ({ key, bytes: 1, modifiedAt: 0 });
      world.pass(2 * hourMs);
      const { counted, handle } = clockwork({ originals: { ...world.originals, head } });
      await handle({ chore: 'sweep' });
      expect(JSON.parse(notes.get('stuck') ?? '')).toHaveLength(mostNoted);
      await world.catalogue.remove(first, world.clock.now());
      await handle({ chore: 'sweep' });
      const [before = 0, after = 0] = counted.map(({ oldestMs }) => oldestMs);
      expect(before - after).toBeGreaterThan(50_000);
      expect(after).toBeGreaterThan(2 * hourMs - 60_000);
    });
  });

  test('says nothing of a purge that found nothing to do, which happens every few minutes', async () => {
    const { said, handle } = clockwork();
    await handle({ chore: 'purge' });
    expect(said).toEqual([]);
  });

  test('counts and logs as an error what an audit left alone', async () => {
    const key = originalKey({ id: 'a'.padEnd(26, 'z'), version: 1 });
    await world.originals.put(key, new Uint8Array(3));
    const { counted, errors, handle } = clockwork();
    await handle({ chore: 'audit' });
    expect(counted).toEqual([{ chore: 'audit', held: 1 }]);
    expect(errors).toHaveLength(1);
    expect(await world.originals.head(key)).toBeDefined();
  });
});
