import { expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../lib/adapters/local/database.ts';
import { sqliteCatalogue } from '../../../lib/adapters/local/sqlite-catalogue.ts';
import type { ImageEvent } from '../../../lib/core/events.ts';
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
