import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { originalKey } from '../../lib/core/object-keys.ts';
import { auditParts, auditRound, auditsAtOnce } from '../../lib/pipeline/audit-round.ts';
import type { Notes } from '../../lib/ports.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let notes: Notes;
beforeEach(async () => {
  world = await openWorld();
  const written = new Map<string, string>();
  notes = {
    read: async (name) => written.get(name),
    write: async (name, text) => void written.set(name, text),
  };
});
afterEach(() => world.close());

/** The audit of a store that notes which parts are listed, and lets time pass with each. */
const watched = (msForPart = 0) => {
  const listed: string[] = [];
  const originals: TestWorld['originals'] = {
    ...world.originals,
    list: (prefix) => {
      listed.push(prefix);
      world.pass(msForPart);
      return world.originals.list(prefix);
    },
  };
  return { listed, run: (ms: number) => auditRound({ ...world, originals, notes }, world.clock.now() + ms) };
};
const hourMs = 3600_000;
const stranger = (letters: string) => originalKey({ id: letters.padEnd(26, 'z'), version: 1 });

describe('A round of audits', () => {
  test('comes to every part of the store once, and begins again 32 hours after it began', async () => {
    const { listed, run } = watched();
    expect(await run(1)).toMatchObject({ parts: 1024 });
    expect(new Set(listed.map((prefix) => prefix.slice(-2)))).toEqual(new Set(auditParts));
    expect(listed).toHaveLength(1024);
    world.pass(32 * hourMs - 1);
    expect(await run(1)).toMatchObject({ parts: 0 });
    world.pass(1);
    expect(await run(1)).toMatchObject({ parts: 1024 });
  });

  test('goes on where its time ended, without gaps or repeats', async () => {
    const { listed, run } = watched(60_000);
    let parts = 0;
    let calls = 0;
    for (; parts < 1024; calls++) {
      const report = await run(7 * 60_000);
      expect(report.parts).toBeGreaterThanOrEqual(auditsAtOnce);
      parts += report.parts;
    }
    expect(calls).toBeGreaterThan(100);
    expect(listed.map((prefix) => prefix.slice(-2))).toEqual(auditParts);
  });

  test('repeats the parts in which it was interrupted, and no others', async () => {
    const broken = watched();
    const failing: TestWorld['originals'] = {
      ...world.originals,
      list: (prefix) => {
        if (prefix.endsWith('ad')) throw new Error('the store is away');
        return world.originals.list(prefix);
      },
    };
    await expect(auditRound({ ...world, originals: failing, notes }, world.clock.now() + 1)).rejects.toThrow('away');
    expect(await broken.run(1)).toMatchObject({ parts: 1022 });
    expect(broken.listed[0]).toMatch(/ac$/);
  });

  test('says what it held until another round holds nothing', async () => {
    const keys = ['ab', 'cd'].map(stranger);
    for (const key of keys) await world.originals.put(key, new Uint8Array(3));
    const { run } = watched();
    expect(await run(1)).toMatchObject({ held: 2, orphans: 0 });
    expect(await run(1)).toMatchObject({ held: 2, parts: 0 });
    await world.originals.remove(keys);
    world.pass(32 * hourMs);
    expect(await run(1)).toMatchObject({ held: 0, parts: 1024 });
  });

  test('removes no more orphans from a part than is its share of what an audit of a letter may remove', async () => {
    for (let at = 0; at < 12; at++)
      await world.originals.put(originalKey({ id: await world.file('ab'), version: 1 }), new Uint8Array(3));
    for (let at = 0; at < 5; at++) await world.originals.put(stranger(`ab${'cdefg'[at]}`), new Uint8Array(3));
    // The files are as old as this test, which the clock of the world is behind.
    world.pass(Date.now() - world.clock.now() + 48 * hourMs);
    const audit = (orphanImages: number) => {
      const config = { ...world.config, retention: { ...world.config.retention, orphanImages, orphanShare: 1 } };
      return auditRound({ ...world, config, notes }, world.clock.now() + 1);
    };
    expect(await audit(4 * 32)).toMatchObject({ orphans: 0, held: 5 });
    world.pass(32 * hourMs);
    expect(await audit(5 * 32)).toMatchObject({ orphans: 5, held: 0 });
  });
});
