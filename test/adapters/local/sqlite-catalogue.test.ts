import { expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../lib/adapters/local/database.ts';
import { owesPurge, sqliteCatalogue } from '../../../lib/adapters/local/sqlite-catalogue.ts';
import type { ImageEvent } from '../../../lib/core/events.ts';
import { newVersion } from '../../../lib/core/image.ts';
import type { Catalogue } from '../../../lib/ports.ts';
import { catalogueContract } from '../../contracts/catalogue.ts';

catalogueContract('SQLite', async () => {
  const database = openDatabase(':memory:');
  return {
    catalogue: sqliteCatalogue(database),
    events: async () =>
      database
        .prepare('SELECT event FROM events ORDER BY sequence')
        .all()
        .map((row) => JSON.parse(String(row.event)) as ImageEvent),
    close: async () => database.close(),
  };
});

test.each([
  [{}, 1],
  [{ collection: 'birds' }, 1],
  [{ statuses: ['pending', 'failed'] }, 2],
  [{ collection: 'birds', statuses: ['pending', 'failed', 'ready'], order: 'oldest' }, 3],
  [{ statuses: ['pending', 'failed'], after: { createdAt: 5, id: 'a' } }, 2],
] as const)('A list of %j in SQLite walks along indexes and sorts no more than a page', async (query, walks) => {
  const database = openDatabase(':memory:');
  const asked: string[] = [];
  const listening = {
    prepare: (sql: string) => {
      asked.push(sql);
      return database.prepare(sql);
    },
  } as Database;
  await sqliteCatalogue(listening).list({ limit: 10, ...query });
  const plan = database
    .prepare(`EXPLAIN QUERY PLAN ${asked.at(-1)}`)
    .all()
    .map(({ detail }) => String(detail));
  expect(plan.filter((step) => /USING (COVERING )?INDEX images_by_/.test(step))).toHaveLength(walks);
  expect(plan.filter((step) => /^SCAN (?!page|CONSTANT)/.test(step) && !/images_by_age/.test(step))).toEqual([]);
  // The one sorting is that of the finished page.
  expect(plan.filter((step) => step === 'USE TEMP B-TREE FOR ORDER BY').length).toBeLessThanOrEqual(1);
  database.close();
});

const addTo = async (catalogue: Catalogue, id: string) => {
  const original = { contentType: 'image/jpeg', bytes: 7, sha256: null, width: null, height: null } as const;
  const first = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: 5000 }, 1000);
  await catalogue.add({ id, collection: null, filename: null, createdAt: 1000 }, first);
};

test('Open deletions are read in pages, and each comes once, also of those that were deleted in one instant', async () => {
  const database = openDatabase(':memory:');
  const catalogue = sqliteCatalogue(database);
  const ids = Array.from({ length: 1203 }, (_, at) => String(at).padStart(26, '0'));
  await Promise.all(ids.map((id) => addTo(catalogue, id)));
  await Promise.all(ids.map((id, at) => catalogue.remove(id, at < 1000 ? 2000 : 3000)));
  const found = await Array.fromAsync(catalogue.openDeletions());
  expect(found.map(({ id }) => id)).toEqual(ids);
  database.close();
});

test('SQLite says whether the CDN has to be told of a deletion, now or once more', async () => {
  const database = openDatabase(':memory:');
  const catalogue = sqliteCatalogue(database);
  const isOwed = owesPurge(database);
  const [first, second] = ['a', 'b'].map((letter) => letter.repeat(26)) as [string, string];
  for (const id of [first, second]) await addTo(catalogue, id);
  const said = [isOwed()];
  const step = async (work: Promise<unknown>) => {
    await work;
    said.push(isOwed());
  };
  await step(catalogue.remove(first, 2000));
  await step(catalogue.remove(second, 2000));
  await step(catalogue.notePurged(first, 3000));
  await step(catalogue.notePurged(second, 3000));
  await step(catalogue.noteLate(first));
  await step(catalogue.closeDeletion(first));
  expect(said).toEqual([false, true, true, true, false, true, false]);
  database.close();
});
