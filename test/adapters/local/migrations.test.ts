import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { migrations, openDatabase } from '../../../lib/adapters/local/database.ts';
import { imageCounts } from '../../../lib/adapters/local/image-counts.ts';
import { sqliteBulkJobs } from '../../../lib/adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteOutbox } from '../../../lib/adapters/local/sqlite-outbox.ts';
import { sqliteTaskQueue } from '../../../lib/adapters/local/sqlite-task-queue.ts';
import { waitingIn } from '../../../lib/adapters/local/waiting.ts';
import { newBulkJob } from '../../../lib/core/bulk-job.ts';
import { begin, finish, newVersion, type Rendering, type Version } from '../../../lib/core/image.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const [shown, removed, awaited] = ['a', 'b', 'c'].map((letter) => letter.repeat(26)) as [string, string, string];
const draftOf = (id: string) => {
  const original = { contentType: 'image/jpeg', bytes: 7, sha256: null, width: null, height: null } as const;
  return newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: 5000 }, 1000);
};
const variant = { name: 'small', format: 'webp', width: 9, height: 6, bytes: 5, quality: 78, sha256: 'abc' } as const;
const rendering: Rendering = {
  kind: 'photo',
  width: 90,
  height: 60,
  recipe: 'of then',
  variants: [variant],
  placeholder: { thumbhash: 'hash', color: '#123456' },
};
const ready = finish(begin(draftOf(shown), 2000), rendering, draftOf(shown).original, 3000);
const job = newBulkJob({ id: 'j'.repeat(26), selection: { all: true }, preset: null, dryRun: false }, 1000);
const event = { type: 'image.ready', id: shown, version: 1, at: 3000 } as const;
const notification = JSON.stringify({ Records: [{ s3: { object: { key: `originals/${awaited}/v1` } } }] });

/** At least one row in each table, as the first schema has them. */
const fillFirstSchema = (database: DatabaseSync): void => {
  const run = (sql: string, ...values: (string | number | null)[]) => database.prepare(sql).run(...values);
  const addImage = (id: string, status: string, visible: number | null, deletedAt: number | null) =>
    run(`INSERT INTO images VALUES (?, 'cats', 'x.jpg', 1000, 1, ?, ?, ?, NULL)`, id, visible, status, deletedAt);
  const addVersion = (one: Version) =>
    run(
      'INSERT INTO versions (id, version, status, revision, updated_at, body) VALUES (?, 1, ?, ?, ?, ?)',
      ...[one.id, one.status, one.revision, one.updatedAt, JSON.stringify(one)],
    );
  addImage(shown, 'ready', 1, null);
  addImage(removed, 'pending', null, 4000);
  addImage(awaited, 'pending', null, null);
  for (const one of [ready, draftOf(removed), draftOf(awaited)]) addVersion(one);
  run(`INSERT INTO claims VALUES ('a key', 'of a request', ?, 1, 9000)`, shown);
  run('INSERT INTO events (event, due_at) VALUES (?, 3000)', JSON.stringify(event));
  const { budget, pausedBecause, handed, taken, part, divided, ...firstFields } = job;
  run('INSERT INTO jobs VALUES (?, ?, ?, ?)', job.id, job.status, job.revision, JSON.stringify(firstFields));
  run(
    'INSERT INTO messages (subject, urgent, body, sent_at, visible_at) VALUES (?, 1, ?, 1500, 1500)',
    ...[`${awaited}/v1`, notification],
  );
};

// Filled by the first schema and brought on to each later one, as by a service that was updated at any time since.
test.each(migrations.map((_, index) => index + 1))(
  'a database of the first schema that came to version %i is read by the adapters with nothing lost',
  async (version) => {
    const path = join(folder.path, 'darkroom.db');
    const old = new DatabaseSync(path);
    old.exec(migrations[0]);
    fillFirstSchema(old);
    for (const migration of migrations.slice(1, version)) old.exec(migration);
    old.exec(`PRAGMA user_version = ${version}`);
    old.close();

    const database = openDatabase(path);
    const catalogue = sqliteCatalogue(database);
    const image = { id: shown, collection: 'cats', filename: 'x.jpg', createdAt: 1000, newest: ready, visible: ready };
    expect(await catalogue.find(shown)).toMatchObject(image);
    expect(await catalogue.version(awaited, 1)).toEqual(draftOf(awaited));
    expect(await catalogue.find(removed)).toBeUndefined();
    const left = [{ id: removed, deletedAt: 4000, purgedAt: null, late: false }];
    expect(await Array.fromAsync(catalogue.openDeletions())).toEqual(left);
    const claim = { key: 'a key', fingerprint: 'of another', expiresAt: 9000 };
    const again = await catalogue.add({ ...image, id: 'd'.repeat(26) }, draftOf('d'.repeat(26)), claim);
    expect(again).toEqual({ id: shown, version: 1, fingerprint: 'of a request' });

    expect(sqliteOutbox(database).due(4000, 10)).toEqual([{ sequence: 1, event, attempts: 0 }]);
    const jobs = sqliteBulkJobs(database);
    expect(await Array.fromAsync(jobs.unfinished())).toEqual([job]);
    expect((await jobs.list({ limit: 5 })).items).toEqual([job]);
    const queue = sqliteTaskQueue(database, { clock: { now: () => 2000 }, maxReceives: 3 });
    expect(queue.tasks()).toEqual([{ render: { id: awaited, version: 1 } }]);
    expect(Object.fromEntries(imageCounts(database))).toEqual({ ready: 1, pending: 1 });
    expect(waitingIn(database)()).toEqual({ count: 1, oldestUpload: 1500 });

    // What is written from now on is counted and kept as well.
    await catalogue.move({ ...draftOf(awaited), status: 'expired', revision: 1 } as Version);
    await catalogue.notePurged(removed, 6000);
    expect(Object.fromEntries(imageCounts(database))).toMatchObject({ ready: 1, pending: 0, expired: 1 });
    expect(await Array.fromAsync(catalogue.openDeletions())).toMatchObject([{ purgedAt: 6000 }]);
    database.close();
  },
);
