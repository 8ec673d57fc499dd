import type { Instant } from '../../core/image.ts';
import { type Database, transaction, unforgotten } from './database.ts';

/** Rows that ended before these instants are removed. */
export type PruneBefore = { readonly expired: Instant; readonly tombstones: Instant; readonly jobs: Instant };
export type Pruned = { readonly images: number; readonly tombstones: number; readonly jobs: number };

/**
 * Removes rows of no further use: images that were never uploaded, tombstones whose objects are long gone, and jobs
 * that ended. A tombstone loses the data of its picture as soon as its deletion is closed. An id is random and never used twice,
 * so a late event of a removed image finds nothing, as it would with a tombstone.
 */
export const prune = (database: Database, before: PruneBefore): Pruned =>
  transaction(database, () => {
    database.exec(`
      UPDATE images SET filename = NULL, collection = NULL WHERE ${unforgotten};
      DELETE FROM versions WHERE id IN (SELECT id FROM images WHERE buried_at IS NOT NULL);
    `);
    const unused = `
      SELECT images.id FROM images JOIN versions ON versions.id = images.id AND versions.version = images.newest
      WHERE images.deleted_at IS NULL AND images.newest = 1 AND images.status = 'expired' AND versions.updated_at <= ?`;
    const ids = database.prepare(unused).all(before.expired);
    const removeVersions = database.prepare('DELETE FROM versions WHERE id = ?');
    const removeImage = database.prepare('DELETE FROM images WHERE id = ?');
    for (const { id } of ids) {
      removeVersions.run(String(id));
      removeImage.run(String(id));
    }
    const tombstones = database.prepare('DELETE FROM images WHERE buried_at IS NOT NULL AND deleted_at <= ?');
    const jobs = database.prepare(
      "DELETE FROM jobs WHERE status IN ('done', 'cancelled') AND json_array_length(body, '$.underWay') = 0 AND body ->> '$.updatedAt' <= ?",
    );
    return {
      images: ids.length,
      tombstones: Number(tombstones.run(before.tombstones).changes),
      jobs: Number(jobs.run(before.jobs).changes),
    };
  });
