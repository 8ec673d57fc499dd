import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../lib/adapters/local/database.ts';
import { imageCounts } from '../../../lib/adapters/local/image-counts.ts';
import { prune } from '../../../lib/adapters/local/prune.ts';
import { sqliteCatalogue } from '../../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteTaskQueue } from '../../../lib/adapters/local/sqlite-task-queue.ts';
import { waitingIn } from '../../../lib/adapters/local/waiting.ts';
import { expire, newVersion, type Pending } from '../../../lib/core/image.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let database: Database;
let now: number;
const clock = { now: () => now };
beforeEach(() => {
  database = openDatabase(':memory:');
  now = 1000;
});
afterEach(() => database.close());

const idOf = (letter: string) => letter.repeat(26);
const pending = (letter: string): Pending => {
  const original = { contentType: 'image/jpeg', bytes: 1, sha256: null, width: null, height: null } as const;
  return newVersion({ id: idOf(letter), version: 1, source: 1, preset: 'web', original, expiresAt: 5000 }, now);
};
const file = (letter: string) =>
  sqliteCatalogue(database).add(
    { id: idOf(letter), collection: null, filename: null, createdAt: now },
    pending(letter),
  );
/** What a count of the rows themselves would say. */
const counted = () =>
  database.prepare('SELECT status, count(*) AS count FROM images WHERE deleted_at IS NULL GROUP BY status').all();
const kept = () =>
  [...imageCounts(database)].filter(([, count]) => count > 0).map(([status, count]) => ({ status, count }));

describe('the counts that are kept', () => {
  test('agree with the rows after adding, moving, deleting and pruning', async () => {
    const catalogue = sqliteCatalogue(database);
    for (const letter of ['a', 'b', 'c']) await file(letter);
    expect(kept()).toEqual([{ status: 'pending', count: 3 }]);
    await catalogue.move(expire(pending('a'), 2000));
    await catalogue.remove(idOf('b'), 2000);
    expect(kept()).toEqual([
      { status: 'expired', count: 1 },
      { status: 'pending', count: 1 },
    ]);
    expect(kept()).toEqual(counted());
    expect(prune(database, { expired: 3000, tombstones: 0, jobs: 0 })).toMatchObject({ images: 1 });
    await catalogue.closeDeletion(idOf('b'));
    expect(prune(database, { expired: 0, tombstones: 3000, jobs: 0 })).toMatchObject({ tombstones: 1 });
    expect(kept()).toEqual([{ status: 'pending', count: 1 }]);
    expect(kept()).toEqual(counted());
  });

  test('follow the queue, and know since when the oldest upload waits', async () => {
    const queue = sqliteTaskQueue(database, { clock, maxReceives: 3 });
    expect(waitingIn(database)()).toEqual({ count: 0, oldestUpload: undefined });
    await queue.put({ render: { id: idOf('a'), version: 1 } }, 'patient');
    now = 2000;
    await queue.put({ render: { id: idOf('b'), version: 1 } }, 'urgent');
    await queue.put({ render: { id: idOf('b'), version: 1 } }, 'urgent');
    expect(waitingIn(database)()).toEqual({ count: 2, oldestUpload: 2000 });
    await queue.remove((await queue.receive(1000))?.handle ?? '');
    expect(waitingIn(database)()).toEqual({ count: 1, oldestUpload: undefined });
  });

  test('are right in a database that an older release has filled', async () => {
    await file('a');
    await file('b');
    const queue = sqliteTaskQueue(database, { clock, maxReceives: 3 });
    await queue.put({ render: { id: idOf('a'), version: 1 } }, 'urgent');
    const folder = await temporaryFolder();
    const path = join(folder.path, 'darkroom.db');
    // Back to the schema before there were counts.
    for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
      database.exec(`DROP TRIGGER ${name}`);
    database.exec('DROP TABLE counts; DROP INDEX messages_by_age; PRAGMA user_version = 3');
    database.prepare('VACUUM INTO ?').run(path);
    const opened = openDatabase(path);
    expect([[...imageCounts(opened)], waitingIn(opened)()]).toEqual([
      [['pending', 2]],
      { count: 1, oldestUpload: 1000 },
    ]);
    opened.close();
    await folder.remove();
  });

  test('are read without looking at the rows that they count', () => {
    const plan = (sql: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => String(detail));
    expect(plan('SELECT min(sent_at) FROM messages WHERE urgent = 1')).toEqual([
      'SEARCH messages USING COVERING INDEX messages_by_age (urgent=?)',
    ]);
    expect(plan("SELECT count FROM counts WHERE name = 'message'")).toEqual([
      'SEARCH counts USING PRIMARY KEY (name=?)',
    ]);
  });
});
