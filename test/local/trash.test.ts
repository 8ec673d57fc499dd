import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { emptyTrash, removingIntoTrash } from '../../lib/local/trash.ts';
import { auditStore } from '../../lib/pipeline/audit-store.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const dayMs = 24 * 3600_000;
const id = 'aqqqqqqqqqqqqqqqqqqqqqaaaa';
const key = `originals/${id}/v1`;

test('what an audit takes for an orphan lies in the trash until it is emptied', async () => {
  await world.originals.put(key, new TextEncoder().encode('an original that the catalogue has lost'));
  // Among images that the catalogue knows one unknown one is an orphan; alone it would be a sign of a lost catalogue.
  await world.arrive(new TextEncoder().encode('an original'), 'b');
  const root = world.originals.path('originals').slice(0, -'originals'.length);
  // The file is as old as this test, and the clock of the world may be behind it.
  world.pass(Math.max(0, Date.now() - world.clock.now()) + 2 * dayMs);

  expect(await auditStore(removingIntoTrash(world), 'a')).toMatchObject({ orphans: 1 });
  expect(await world.originals.head(key)).toBeUndefined();
  const [day = ''] = await readdir(join(root, '.trash'));
  const kept = join(root, '.trash', day, key);
  await emptyTrash(world, world.clock.now() - 2 * dayMs);
  expect(await readFile(kept, 'utf8')).toBe('an original that the catalogue has lost');
  await emptyTrash(world, world.clock.now() + 2 * dayMs);
  expect(await readdir(join(root, '.trash'))).toEqual([]);
});
