import type { Intake } from '../../ports.ts';
import { type Database, transaction } from './database.ts';

export const sqliteIntake = (database: Database): Intake => {
  const addImage = database.prepare(
    `INSERT INTO images (id, collection, filename, created_at, newest, visible, status)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const addVersion = database.prepare(
    'INSERT INTO versions (id, version, status, revision, updated_at, body) VALUES (?, ?, ?, ?, ?, ?)',
  );
  // What an image was before is not known, and not needed.
  const addTombstone = database.prepare(
    `INSERT INTO images (id, created_at, newest, status, deleted_at, purged_at, late)
     VALUES (?1, ?2, 1, 'expired', ?2, ?3, ?4) ON CONFLICT DO NOTHING`,
  );
  return {
    takeImage: async ({ id, collection, filename, createdAt }, versions) => {
      const newest = versions.at(-1);
      if (!newest) return false;
      const visible = versions.findLast(({ status }) => status === 'ready')?.version ?? null;
      return transaction(database, () => {
        const facts = [id, collection, filename, createdAt, newest.version, visible, newest.status];
        if (addImage.run(...facts).changes === 0) return false;
        for (const one of versions)
          addVersion.run(id, one.version, one.status, one.revision, one.updatedAt, JSON.stringify(one));
        return true;
      });
    },
    takeTombstone: async ({ id, deletedAt, purgedAt, late }) =>
      addTombstone.run(id, deletedAt, purgedAt, late ? 1 : 0).changes > 0,
  };
};
