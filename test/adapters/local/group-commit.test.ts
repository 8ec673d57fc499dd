import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { groupCommit } from '../../../lib/adapters/local/group-commit.ts';

class Counted extends DatabaseSync {
  commits = 0;
  override exec(sql: string): void {
    super.exec(sql);
    if (sql === 'COMMIT') this.commits++;
  }
}

let database: Counted;
let write: ReturnType<typeof groupCommit>;

beforeEach(() => {
  database = new Counted(':memory:');
  database.exec('PRAGMA foreign_keys = ON');
  database.exec('CREATE TABLE parents (id INTEGER PRIMARY KEY)');
  database.exec(
    'CREATE TABLE rows (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)',
  );
  write = groupCommit(database);
});
afterEach(() => database.close());

const insert = (id: number, parent: number | null = null) => {
  database.prepare('INSERT INTO rows VALUES (?, ?)').run(id, parent);
  return id;
};
const stored = () =>
  database
    .prepare('SELECT id FROM rows ORDER BY id')
    .all()
    .map(({ id }) => id);

test('pieces that arrive together are committed together, in order, each with its own result', async () => {
  const results = await Promise.all([1, 2, 3].map((id) => write(() => [insert(id), stored().length])));
  expect(results).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(database.commits).toBe(1);
});

test('a piece that comes later is committed by itself', async () => {
  await write(() => insert(1));
  await write(() => insert(2));
  expect([stored(), database.commits]).toEqual([[1, 2], 2]);
});

test('a piece that fails leaves nothing behind, and the others untouched', async () => {
  const results = await Promise.allSettled([
    write(() => insert(1)),
    write(() => {
      insert(2);
      insert(1);
    }),
    write(() => insert(3)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(stored()).toEqual([1, 3]);
});

test('every caller gets the error when the commit fails', async () => {
  const results = await Promise.allSettled([write(() => insert(1)), write(() => insert(2, 99))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(stored()).toEqual([]);
  expect(await write(() => insert(4))).toBe(4);
});
