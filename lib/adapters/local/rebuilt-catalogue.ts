import type { Version } from '../../core/image.ts';
import type { Database } from './database.ts';

/** Adds images to a catalogue that does not know them, in their final state. */
export type RebuiltCatalogue = {
  /** The known versions; undefined if the image is unknown, `removed` if it was deleted. */
  known(id: string): ReadonlySet<number> | 'removed' | undefined;
  /** Adds versions of one image, and the image when it is new. */
  take(id: string, versions: readonly Version[]): void;
};

/** Everything that `work` adds, or nothing: with half a catalogue, an audit would take the other half for orphans. */
export const rebuildCatalogue = async (
  database: Database,
  work: (catalogue: RebuiltCatalogue) => Promise<void>,
): Promise<void> => {
  database.exec('BEGIN IMMEDIATE');
  try {
    await work(rebuiltCatalogue(database));
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

const rebuiltCatalogue = (database: Database): RebuiltCatalogue => {
  const image = database.prepare('SELECT deleted_at AS deletedAt FROM images WHERE id = ?');
  const versions = database.prepare('SELECT version FROM versions WHERE id = ?');
  const addImage = database.prepare(
    'INSERT INTO images (id, created_at, newest, status) VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING',
  );
  const addVersion = database.prepare(
    'INSERT INTO versions (id, version, status, revision, updated_at, body) VALUES (?, ?, ?, ?, ?, ?)',
  );
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
      return row.deletedAt === null ? new Set(versions.all(id).map((one) => Number(one.version))) : 'removed';
    },
    take: (id, taken) => {
      const first = taken[0];
      if (!first) return;
      addImage.run(id, first.createdAt, first.status);
      for (const one of taken)
        addVersion.run(id, one.version, one.status, one.revision, one.updatedAt, JSON.stringify(one));
      pointAtNewest.run(id);
      setStatus.run(id);
    },
  };
};
