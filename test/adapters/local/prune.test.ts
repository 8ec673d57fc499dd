import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../lib/adapters/local/database.ts';
import { prune } from '../../../lib/adapters/local/prune.ts';
import { sqliteBulkJobs } from '../../../lib/adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../../../lib/adapters/local/sqlite-catalogue.ts';
import { newBulkJob } from '../../../lib/core/bulk-job.ts';
import { begin, expire, fail, newVersion } from '../../../lib/core/image.ts';

let database: Database;
let catalogue: ReturnType<typeof sqliteCatalogue>;
beforeEach(() => {
  database = openDatabase(':memory:');
  catalogue = sqliteCatalogue(database);
});
afterEach(() => database.close());

const never = { expired: 0, tombstones: 0, jobs: 0 };
const idOf = (letter: string) => letter.repeat(26);
const original = { contentType: 'image/jpeg', bytes: 9, sha256: null, width: null, height: null } as const;
const pendingVersion = (id: string, version = 1) =>
  newVersion({ id, version, source: version, preset: 'web', original, expiresAt: 100 }, 10);
const add = async (letter: string) => {
  const id = idOf(letter);
  await catalogue.add({ id, collection: 'birds', filename: 'gull.jpg', createdAt: 10 }, pendingVersion(id));
  return id;
};
const rows = (table: string) => Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);

test('an image that nothing was uploaded for is forgotten when it has been expired for long enough, and no other', async () => {
  const unused = await add('a');
  await catalogue.move(expire(pendingVersion(unused), 1000));
  const waiting = await add('b');
  const failed = await add('c');
  const begun = begin(pendingVersion(failed), 20);
  await catalogue.move(begun);
  await catalogue.move(fail(begun, { code: 'corrupt', message: 'damaged' }, original, 30));
  const second = await add('d');
  await catalogue.addVersion({ id: second, draft: (version) => pendingVersion(second, version) });
  await catalogue.move(expire(pendingVersion(second, 2), 1000));

  expect(prune(database, { ...never, expired: 999 })).toMatchObject({ images: 0 });
  expect(prune(database, { ...never, expired: 1000 })).toMatchObject({ images: 1 });
  expect(await catalogue.find(unused)).toBeUndefined();
  for (const id of [waiting, failed, second]) expect(await catalogue.find(id)).toMatchObject({ id });
  expect([rows('images'), rows('versions')]).toEqual([3, 4]);
});

test('a tombstone holds nothing of the picture, and expires when its deletion is complete and old enough', async () => {
  const id = await add('a');
  await catalogue.remove(id, 500);
  prune(database, { ...never, tombstones: 10_000 });
  expect(database.prepare('SELECT id, filename, collection FROM images').all()).toEqual([
    { id, filename: null, collection: null },
  ]);
  await catalogue.closeDeletion(id);
  expect(prune(database, { ...never, tombstones: 499 })).toMatchObject({ tombstones: 0 });
  expect([rows('images'), rows('versions')]).toEqual([1, 0]);
  expect(prune(database, { ...never, tombstones: 500 })).toMatchObject({ tombstones: 1 });
  expect(rows('images')).toBe(0);
});

test('a job is forgotten when it ended long enough ago', async () => {
  const jobs = sqliteBulkJobs(database);
  const order = { selection: { all: true }, preset: null, dryRun: false } as const;
  const running = newBulkJob({ ...order, id: idOf('a') }, 100);
  const done = newBulkJob({ ...order, id: idOf('b') }, 100);
  await jobs.add(running);
  await jobs.add(done);
  await jobs.save({ ...done, status: 'done', updatedAt: 300, revision: 1 });
  expect(prune(database, { ...never, jobs: 299 })).toMatchObject({ jobs: 0 });
  expect(prune(database, { ...never, jobs: 300 })).toMatchObject({ jobs: 1 });
  expect(await jobs.find(done.id)).toBeUndefined();
  expect(await jobs.find(running.id)).toBeDefined();
});
