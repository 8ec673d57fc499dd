import { eventOf } from '../../core/events.ts';
import type { Unfinished, Version } from '../../core/image.ts';
import type { Database } from './database.ts';

/** By number. Those without a value have ended. */
export type KnownVersions = ReadonlyMap<number, Unfinished | undefined>;

/** Adds images to a catalogue that does not know them, in their final state. */
export type RebuiltCatalogue = {
  /** The known versions; undefined if the image is unknown, `removed` if it was deleted. */
  known(id: string): KnownVersions | 'removed' | undefined;
  /**
   * Adds versions of one image, and the image when it is new. A version that is known takes the place of what is known,
   * and its event is sent: it may be the first one.
   */
  take(id: string, versions: readonly Version[]): void;
};

/** Everything that `work` adds, or nothing: with half a catalogue, an audit would take the other half for orphans. */
export const rebuildCatalogue = async <T>(
  database: Database,
  work: (catalogue: RebuiltCatalogue) => Promise<T>,
): Promise<T> => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = await work(rebuiltCatalogue(database));
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

const rebuiltCatalogue = (database: Database): RebuiltCatalogue => {
  const image = database.prepare('SELECT deleted_at AS deletedAt FROM images WHERE id = ?');
  const versions = database.prepare(
    `SELECT version, CASE WHEN status IN ('pending', 'processing', 'retrying') THEN body END AS open
     FROM versions WHERE id = ?`,
  );
  const addImage = database.prepare(
    'INSERT INTO images (id, created_at, newest, status) VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING',
  );
  const addVersion = database.prepare(
    'INSERT INTO versions (id, version, status, revision, updated_at, body) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const endVersion = database.prepare(
    `UPDATE versions SET status = ?3, revision = ?4, updated_at = ?5, body = ?6, progress = 0 WHERE id = ?1 AND version = ?2`,
  );
  const addEvent = database.prepare('INSERT INTO events (event, due_at) VALUES (?, ?)');
  const pointAtNewest = database.prepare(
    `UPDATE images SET
       newest = (SELECT max(version) FROM versions WHERE versions.id = images.id),
       visible = (SELECT max(version) FROM versions WHERE versions.id = images.id AND versions.status = 'ready')
     WHERE id = ?`,
  );
  const setStatus = database.prepare(
    `UPDATE images SET status =
       (SELECT status FROM versions WHERE versions.id = images.id AND versions.version = images.newest)
     WHERE id = ?`,
  );
  return {
    known: (id) => {
      const row = image.get(id);
      if (!row) return undefined;
      if (row.deletedAt !== null) return 'removed';
      return new Map(
        versions.all(id).map(({ version, open }) => [Number(version), open ? JSON.parse(String(open)) : undefined]),
      );
    },
    take: (id, taken) => {
      const first = taken[0];
      if (!first) return;
      addImage.run(id, first.createdAt, first.status);
      for (const one of taken) {
        const columns = [id, one.version, one.status, one.revision, one.updatedAt, JSON.stringify(one)];
        if (Number(endVersion.run(...columns).changes) === 0) addVersion.run(...columns);
        else addEvent.run(JSON.stringify(eventOf(one)), one.updatedAt);
      }
      pointAtNewest.run(id);
      setStatus.run(id);
    },
  };
};
