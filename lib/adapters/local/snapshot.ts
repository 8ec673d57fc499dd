import { type Database, openDatabase } from './database.ts';

/** A copy of the database as it is at one instant, while others write to it; the copy needs no log beside it. */
export const snapshotInto = (database: Database, path: string): void =>
  void database.prepare('VACUUM INTO ?').run(path);

/** Opens a database that has to be whole; throws when SQLite finds anything wrong with it. */
export const openWhole = (path: string): Database => {
  const database = openDatabase(path);
  const found = database.prepare('PRAGMA integrity_check').get()?.integrity_check;
  if (found === 'ok') return database;
  database.close();
  throw new Error(`the database is damaged: ${found}`);
};

/** Puts everything into the one file, so that it can be moved by itself. */
export const closeInOneFile = (database: Database): void => {
  database.exec('PRAGMA journal_mode = DELETE');
  database.close();
};

export type KnownOriginal = {
  readonly id: string;
  /** The version that it was uploaded as. */
  readonly version: number;
  /** SHA-256 in base64, where it is known. */
  readonly sha256: string | null;
  /** Whether it must exist: its upload was noted, and originals are kept as long as their image. */
  readonly isNeeded: boolean;
};

/** The originals of every image that is not deleted, including those that were not uploaded yet. */
export const knownOriginals = function* (database: Database): Generator<KnownOriginal> {
  const rows = database
    .prepare(
      `SELECT versions.id AS id, versions.body ->> '$.source' AS version,
         max(CASE WHEN versions.status IN ('ready', 'processing', 'retrying')
           THEN versions.body ->> '$.original.sha256' END) AS sha256,
         max(versions.status IN ('ready', 'processing', 'retrying')) AS isNeeded
       FROM versions JOIN images ON images.id = versions.id
       WHERE images.deleted_at IS NULL GROUP BY 1, 2`,
    )
    .iterate();
  for (const { id, version, sha256, isNeeded } of rows)
    yield {
      id: String(id),
      version: Number(version),
      sha256: sha256 === null ? null : String(sha256),
      isNeeded: isNeeded === 1,
    };
};
