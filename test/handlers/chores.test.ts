import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { originalKey } from '../../lib/core/object-keys.ts';
import { sweepShares } from '../../lib/core/sweeping.ts';
import { choresHandler } from '../../lib/handlers/chores.ts';
import { type ChoreTally, chores } from '../../lib/work/chores.ts';
import { turnsInMemory } from '../support/turns-in-memory.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const clockwork = (more: Partial<TestWorld> = {}, turns = turnsInMemory()) => {
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
      notes: { read: async () => undefined, write: async () => undefined },
      edge: undefined,
      lanes: { start: async () => 'under way' },
    },
    { pause: async () => undefined, pace: 1, tally: (tally) => void counted.push(tally) },
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

  test('says how long the version has waited that has waited longest', async () => {
    const { counted, handle } = clockwork();
    await handle({ chore: 'sweep' });
    await world.file();
    world.pass(60_000);
    await world.file();
    world.pass(60_000);
    await handle({ chore: 'sweep' });
    expect(counted[0]?.oldestMs).toBe(0);
    expect(counted[1]?.oldestMs).toBeGreaterThanOrEqual(120_000);
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
