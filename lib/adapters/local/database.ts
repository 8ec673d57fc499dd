import { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../../core/image.ts';
import { Unusable } from '../../core/unusable.ts';

export type Database = DatabaseSync;

/** Expressions that indexes and queries have to spell alike. */
export const owedPurges = 'deleted_at IS NOT NULL AND buried_at IS NULL AND (purged_at IS NULL OR late = 1)';
export const unforgotten = 'deleted_at IS NOT NULL AND (filename IS NOT NULL OR collection IS NOT NULL)';
export const openJobs = "(status = 'running' OR json_array_length(body, '$.underWay') > 0)";
export const jobAge = "(body ->> '$.createdAt')";

/** Each entry brings a database from the version of its index to the next. Entries are never changed, only added. */
export const migrations = [
  `CREATE TABLE images (
     id TEXT PRIMARY KEY,
     collection TEXT,
     filename TEXT,
     created_at INTEGER NOT NULL,
     newest INTEGER NOT NULL,
     visible INTEGER,
     status TEXT NOT NULL,
     deleted_at INTEGER,
     buried_at INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX images_by_age ON images (created_at, id) WHERE deleted_at IS NULL;
   CREATE INDEX images_by_collection ON images (collection, created_at, id) WHERE deleted_at IS NULL;
   CREATE INDEX images_by_status ON images (status, created_at, id) WHERE deleted_at IS NULL;
   CREATE INDEX images_by_both ON images (collection, status, created_at, id) WHERE deleted_at IS NULL;
   CREATE INDEX images_unburied ON images (deleted_at) WHERE deleted_at IS NOT NULL AND buried_at IS NULL;

   CREATE TABLE versions (
     id TEXT NOT NULL REFERENCES images,
     version INTEGER NOT NULL,
     status TEXT NOT NULL,
     revision INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     progress REAL NOT NULL DEFAULT 0,
     progress_attempt INTEGER NOT NULL DEFAULT 0,
     body TEXT NOT NULL,
     PRIMARY KEY (id, version)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX versions_unfinished ON versions (updated_at) WHERE status IN ('pending', 'processing', 'retrying');

   CREATE TABLE claims (
     key TEXT PRIMARY KEY,
     fingerprint TEXT NOT NULL,
     id TEXT NOT NULL,
     version INTEGER,
     expires_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE events (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     event TEXT NOT NULL,
     attempts INTEGER NOT NULL DEFAULT 0,
     due_at INTEGER NOT NULL,
     delivered_at INTEGER
   ) STRICT;
   CREATE INDEX events_due ON events (due_at) WHERE delivered_at IS NULL;

   CREATE TABLE jobs (
     id TEXT PRIMARY KEY,
     status TEXT NOT NULL,
     revision INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX jobs_unfinished ON jobs (id) WHERE status = 'running';

   CREATE TABLE messages (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     subject TEXT NOT NULL,
     urgent INTEGER NOT NULL,
     body TEXT NOT NULL,
     sent_at INTEGER NOT NULL,
     visible_at INTEGER NOT NULL,
     receives INTEGER NOT NULL DEFAULT 0,
     receipt TEXT UNIQUE
   ) STRICT;
   CREATE INDEX messages_by_urgency ON messages (urgent, visible_at);
   CREATE INDEX messages_by_subject ON messages (subject);`,

  `ALTER TABLE events ADD COLUMN given_up_at INTEGER;
   ALTER TABLE events ADD COLUMN image TEXT GENERATED ALWAYS AS (event ->> '$.id') VIRTUAL;
   ALTER TABLE events ADD COLUMN at INTEGER GENERATED ALWAYS AS (event ->> '$.at') VIRTUAL;
   DROP INDEX events_due;
   CREATE INDEX events_owed ON events (due_at, sequence) WHERE delivered_at IS NULL AND given_up_at IS NULL;
   CREATE INDEX events_owed_by_image ON events (image, sequence) WHERE delivered_at IS NULL AND given_up_at IS NULL;
   CREATE INDEX events_by_time ON events (at);`,

  `ALTER TABLE images ADD COLUMN purged_at INTEGER;
   ALTER TABLE images ADD COLUMN late INTEGER NOT NULL DEFAULT 0;`,
  // Messages were S3 notifications once; their subject says which version they are about.
  `UPDATE messages SET body = json_object('render', json_object(
     'id', substr(subject, 1, instr(subject, '/') - 1), 'version', CAST(substr(subject, instr(subject, '/v') + 2) AS INTEGER)))
   WHERE body LIKE '{"Records"%';`,

  // Kept counts, so that a read takes as long with a million rows as with one.
  `CREATE TABLE counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO counts SELECT 'image ' || status, count(*) FROM images WHERE deleted_at IS NULL GROUP BY status;
   INSERT INTO counts SELECT 'message', count(*) FROM messages;
   CREATE TRIGGER image_counted AFTER INSERT ON images WHEN NEW.deleted_at IS NULL BEGIN
     INSERT INTO counts VALUES ('image ' || NEW.status, 1) ON CONFLICT (name) DO UPDATE SET count = count + 1;
   END;
   CREATE TRIGGER image_counted_again AFTER UPDATE OF status, deleted_at ON images
     WHEN OLD.status <> NEW.status OR OLD.deleted_at IS NOT NEW.deleted_at BEGIN
     UPDATE counts SET count = count - 1 WHERE OLD.deleted_at IS NULL AND name = 'image ' || OLD.status;
     INSERT INTO counts SELECT 'image ' || NEW.status, 1 WHERE NEW.deleted_at IS NULL
       ON CONFLICT (name) DO UPDATE SET count = count + 1;
   END;
   CREATE TRIGGER image_discounted AFTER DELETE ON images WHEN OLD.deleted_at IS NULL BEGIN
     UPDATE counts SET count = count - 1 WHERE name = 'image ' || OLD.status;
   END;
   CREATE TRIGGER message_counted AFTER INSERT ON messages BEGIN
     UPDATE counts SET count = count + 1 WHERE name = 'message';
   END;
   CREATE TRIGGER message_discounted AFTER DELETE ON messages BEGIN
     UPDATE counts SET count = count - 1 WHERE name = 'message';
   END;
   CREATE INDEX messages_by_age ON messages (urgent, sent_at);`,

  `DROP INDEX IF EXISTS jobs_unfinished;
   CREATE INDEX IF NOT EXISTS jobs_open ON jobs (id) WHERE ${openJobs};
   CREATE INDEX IF NOT EXISTS jobs_by_age ON jobs (${jobAge}, id);`,

  // A chore of each second or hour must not read every image.
  `CREATE INDEX IF NOT EXISTS images_purge_owed ON images (deleted_at) WHERE ${owedPurges};
   CREATE INDEX IF NOT EXISTS images_buried ON images (deleted_at) WHERE buried_at IS NOT NULL;
   CREATE INDEX IF NOT EXISTS images_unforgotten ON images (deleted_at) WHERE ${unforgotten};`,
] as const;

/**
 * Opens the one database of a one-box home. A commit that has returned survives a power cut (synchronous = FULL). The
 * host and commands beside it write in turn, and each waits at most the busy timeout. docs/decisions.md#shared-database
 */
export const openDatabase = (path: string): Database => {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    // Nothing is written where nothing has changed: a service on a full disk can still be started, and read.
    if (versionOf(database) !== migrations.length) transaction(database, () => migrate(database, path));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

const versionOf = (database: Database): number => Number(database.prepare('PRAGMA user_version').get()?.user_version);

const migrate = (database: Database, path: string): void => {
  const version = versionOf(database);
  if (version > migrations.length)
    throw new Unusable(`The data in ${path} was written by a newer Darkroom than this one. Update Darkroom.`);
  for (const migration of migrations.slice(version)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
};

/** Removes expired claims. */
export const forgetClaims = (database: Database, now: Instant): number =>
  Number(database.prepare('DELETE FROM claims WHERE expires_at <= ?').run(now).changes);

/** A transaction. It takes the write lock at once, so what it reads is still true when it writes. */
export const transaction = <T>(database: Database, work: () => T): T => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
};

/** After a full disk, say, SQLite has already rolled back by itself; the first error is the one to report. */
const rollBack = (database: Database): void => {
  if (!database.isTransaction) return;
  try {
    database.exec('ROLLBACK');
  } catch {
    // The first error says more than this one, and the next BEGIN fails if there is anything left to roll back.
  }
};
