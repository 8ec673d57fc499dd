import { setImmediate } from 'node:timers/promises';
import { deletionEvent, eventOf, type ImageEvent, purgeEvent } from '../../core/events.ts';
import { type Image, isLegalMove, isUnfinished, type Pending, type Ready, type Version } from '../../core/image.ts';
import type { Added, Catalogue, Claim, ListQuery, ListShare, NewImage, Tombstone } from '../../ports.ts';
import { type Database, owedPurges } from './database.ts';
import { groupCommit } from './group-commit.ts';

export const sqliteCatalogue = (database: Database): Catalogue => {
  const sql = statements(database);
  const write = groupCommit(database);

  const claimed = (claim: Claim | undefined, at: number): Added | undefined => {
    if (!claim) return undefined;
    sql.forgetClaim.run(claim.key, at);
    return sql.claim.get(claim.key) as Added | undefined;
  };

  const store = (made: Pending, claim: Claim | undefined): Added => {
    const { id, version, status, revision, updatedAt } = made;
    sql.addVersion.run(id, version, status, revision, updatedAt, JSON.stringify(made));
    if (claim) sql.addClaim.run(claim.key, claim.fingerprint, id, version, claim.expiresAt);
    return { id, version, made, fingerprint: claim?.fingerprint ?? null };
  };

  const addEvent = (event: ImageEvent | undefined): void => {
    if (event) sql.addEvent.run(JSON.stringify(event), event.at);
  };

  const moveOne = (to: Version): boolean => {
    const row = sql.version.get(to.id, to.version);
    const from = row && (JSON.parse(String(row.body)) as Version);
    if (!from || from.revision !== to.revision - 1) return false;
    if (!isLegalMove(from.status, to.status))
      throw new Error(`A version cannot move from ${from.status} to ${to.status}.`);
    sql.setVersion.run(to.status, to.revision, to.updatedAt, JSON.stringify(to), to.id, to.version);
    sql.setStatus.run(to.status, to.id, to.version);
    if (to.status === 'ready') sql.setVisible.run(to.version, to.id, to.version);
    addEvent(eventOf(to));
    return true;
  };

  return {
    add: async (image, first, claim) =>
      write(() => {
        const before = claimed(claim, first.createdAt);
        if (before) return before;
        sql.addImage.run(image.id, image.collection, image.filename, image.createdAt, first.version, first.status);
        return store(first, claim);
      }),

    addVersion: async ({ id, draft, claim, changes = {}, after }) =>
      write(() => {
        const image = sql.imageRow.get(id) as { newest: number; collection: string; filename: string } | undefined;
        if (!image) return 'no-image';
        const next = draft(image.newest + 1);
        const before = claimed(claim, next.createdAt);
        if (before) return before;
        if (after !== undefined && after !== image.newest) return 'not-newest';
        const { collection, filename } = { ...image, ...changes };
        sql.setNewest.run(next.version, next.status, collection, filename, id);
        return store(next, claim);
      }),

    find: async (id) => {
      const row = sql.image.get(id);
      return row && imageOf(row);
    },

    version: async (id, version) => {
      const row = sql.version.get(id, version);
      return row && (JSON.parse(String(row.body)) as Version);
    },

    move: async (to) => write(() => moveOne(to)),
    moveAll: async (all) => write(() => all.filter(moveOne).length),

    report: async ({ id, version, attempt }, progress) => {
      sql.setProgress.run(progress, attempt, id, version, attempt);
    },

    // One reader at a time is as fast as several.
    partitions: 1,
    list: async (query) => {
      const rows = listStatement(database, query);
      const items = rows.slice(0, query.limit).map(imageOf);
      const last = items.at(-1);
      return {
        items,
        next: rows.length > query.limit && last ? { createdAt: last.createdAt, id: last.id } : undefined,
      };
    },

    async *unfinished(unmovedSince, share) {
      if (!isWhole(share)) return;
      for (const row of sql.unfinished.all(unmovedSince)) {
        const version = JSON.parse(String(row.body)) as Version;
        if (isUnfinished(version)) yield version;
      }
    },

    noteRequeued: async ({ id, version }, asOf) => {
      await write(() => sql.setRequeued.run(asOf, id, version));
    },

    remove: async (id, at) =>
      write(() => {
        if (sql.setDeleted.run(at, id).changes === 0) return undefined;
        addEvent(deletionEvent(id, at));
        return { id, deletedAt: at, purgedAt: null, late: false };
      }),

    async *openDeletions(share) {
      if (!isWhole(share)) return;
      let last: Pick<Tombstone, 'id' | 'deletedAt'> = { deletedAt: Number.MIN_SAFE_INTEGER, id: '' };
      for (;;) {
        // A page at a time, and others in between: a hundred thousand at once would stop the service for seconds.
        const page = sql.openDeletions.all(last.deletedAt, last.id, pageSize);
        for (const row of page) yield { ...(row as Omit<Tombstone, 'late'>), late: row.late === 1 };
        if (page.length < pageSize) return;
        await setImmediate();
        last = page.at(-1) as Omit<Tombstone, 'late'>;
      }
    },

    notePurged: async (id, at) =>
      write(() => {
        if (sql.setPurged.run(at, id).changes > 0) addEvent(purgeEvent(id, at));
      }),

    noteLate: async (id) => {
      await write(() => sql.setLate.run(id));
    },

    closeDeletion: async (id) => {
      await write(() => sql.closeDeletion.run(id));
    },
  };
};

const pageSize = 500;

/** Whether there is a deletion of which the CDN has to be told, now or once more. Quick, however many are open. */
export const owesPurge = (database: Database): (() => boolean) => {
  const first = database.prepare(`SELECT 1 FROM images WHERE ${owedPurges} LIMIT 1`);
  return () => first.get() !== undefined;
};

/** The first share is the whole list: one reader at a time is as fast as several. */
const isWhole = (share: ListShare | undefined): boolean => share === undefined || share.number === 0;

const imageColumns = `
  images.id, images.collection, images.filename, images.created_at AS createdAt,
  newest.body AS newest, newest.progress AS progress, visible.body AS visible`;

const wholeImages = `
  images
  JOIN versions AS newest ON newest.id = images.id AND newest.version = images.newest
  LEFT JOIN versions AS visible ON visible.id = images.id AND visible.version = images.visible
  WHERE images.deleted_at IS NULL`;

const imageOf = (row: Record<string, unknown>): Image => {
  const newest = JSON.parse(String(row.newest)) as Version;
  const visible = row.visible === null ? null : (JSON.parse(String(row.visible)) as Ready);
  return {
    ...(row as NewImage),
    updatedAt: newest.updatedAt,
    newest,
    progress: newest.status === 'ready' ? 1 : Number(row.progress),
    visible,
  };
};

/** The walks along an index, one for each status, are merged by SQLite as they go: a page reads no more than its rows. */
const listStatement = (database: Database, { collection, statuses, order, limit, after }: ListQuery) => {
  const [direction, beyond] = order === 'oldest' ? ['ASC', '>'] : ['DESC', '<'];
  const walks = (statuses ?? [undefined]).map((status) =>
    [
      ['collection = ?', collection],
      ['status = ?', status],
      [`(created_at, id) ${beyond} (?, ?)`, after?.createdAt, after?.id],
    ].filter(([, value]) => value !== undefined),
  );
  const page = walks
    .map((where) => where.map(([condition]) => ` AND ${condition}`).join(''))
    .map((conditions) => `SELECT id, created_at FROM images WHERE deleted_at IS NULL${conditions}`)
    .join(' UNION ALL ');
  const values = walks.flat().flatMap(([, ...values]) => values.filter((value) => value !== undefined));
  const sorted = `ORDER BY created_at ${direction}, id ${direction}`;
  return database
    .prepare(
      `SELECT ${imageColumns} FROM (${page} ${sorted} LIMIT ?) AS page CROSS JOIN ${wholeImages} AND images.id = page.id
       ORDER BY page.created_at ${direction}, page.id ${direction}`,
    )
    .all(...values, limit + 1);
};

const statements = (database: Database) => {
  const prepare = (text: string) => database.prepare(text);
  return {
    addImage: prepare(
      'INSERT INTO images (id, collection, filename, created_at, newest, status) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    addVersion: prepare(
      'INSERT INTO versions (id, version, status, revision, updated_at, body) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    addClaim: prepare('INSERT INTO claims (key, fingerprint, id, version, expires_at) VALUES (?, ?, ?, ?, ?)'),
    forgetClaim: prepare('DELETE FROM claims WHERE key = ? AND expires_at <= ?'),
    claim: prepare('SELECT id, version, fingerprint FROM claims WHERE key = ?'),
    addEvent: prepare('INSERT INTO events (event, due_at) VALUES (?, ?)'),
    image: prepare(`SELECT ${imageColumns} FROM ${wholeImages} AND images.id = ?`),
    imageRow: prepare('SELECT newest, collection, filename FROM images WHERE id = ? AND deleted_at IS NULL'),
    version: prepare(
      `SELECT versions.body FROM versions JOIN images USING (id)
       WHERE id = ? AND versions.version = ? AND images.deleted_at IS NULL`,
    ),
    setNewest: prepare('UPDATE images SET newest = ?, status = ?, collection = ?, filename = ? WHERE id = ?'),
    setVersion: prepare(
      `UPDATE versions SET status = ?, revision = ?, updated_at = ?, body = ?, progress = 0
       WHERE id = ? AND version = ?`,
    ),
    setStatus: prepare('UPDATE images SET status = ? WHERE id = ? AND newest = ?'),
    setVisible: prepare('UPDATE images SET visible = ? WHERE id = ? AND coalesce(visible, 0) < ?'),
    setProgress: prepare(
      `UPDATE versions SET progress = ?, progress_attempt = ?
       WHERE id = ? AND version = ? AND status = 'processing' AND progress_attempt <= ?`,
    ),
    unfinished: prepare(
      `SELECT body FROM versions JOIN images USING (id)
       WHERE versions.status IN ('pending', 'processing', 'retrying') AND versions.updated_at <= ?
         AND images.deleted_at IS NULL
       ORDER BY versions.updated_at`,
    ),
    setRequeued: prepare(
      `UPDATE versions SET updated_at = ?
       WHERE id = ? AND version = ? AND status IN ('pending', 'processing', 'retrying')`,
    ),
    setDeleted: prepare('UPDATE images SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL'),
    openDeletions: prepare(
      `SELECT id, deleted_at AS deletedAt, purged_at AS purgedAt, late FROM images
       WHERE deleted_at IS NOT NULL AND buried_at IS NULL AND (deleted_at, id) > (?, ?)
       ORDER BY deleted_at, id LIMIT ?`,
    ),
    setPurged: prepare('UPDATE images SET purged_at = ? WHERE id = ? AND deleted_at IS NOT NULL AND purged_at IS NULL'),
    setLate: prepare('UPDATE images SET late = 1 WHERE id = ? AND deleted_at IS NOT NULL'),
    closeDeletion: prepare('UPDATE images SET buried_at = deleted_at WHERE id = ?'),
  };
};
