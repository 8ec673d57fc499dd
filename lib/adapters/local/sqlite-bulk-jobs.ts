import { type BulkJob, bulkJobFrom } from '../../core/bulk-job.ts';
import type { BulkJobs, Claim } from '../../ports.ts';
import { whenFree } from './busy.ts';
import { type Database, jobAge, openJobs, transaction } from './database.ts';

export const sqliteBulkJobs = (database: Database): BulkJobs => {
  const insert = database.prepare('INSERT INTO jobs (id, status, revision, body) VALUES (?, ?, ?, ?)');
  const select = database.prepare('SELECT body FROM jobs WHERE id = ?');
  const update = database.prepare('UPDATE jobs SET status = ?, revision = ?, body = ? WHERE id = ? AND revision = ?');
  const open = database.prepare(`SELECT body FROM jobs WHERE ${openJobs} AND ${isNoLane} ORDER BY id`);
  const newest = database.prepare(`SELECT body FROM jobs WHERE ${isNoLane} ORDER BY ${jobAge} DESC, id DESC LIMIT ?`);
  const older = database.prepare(
    `SELECT body FROM jobs WHERE (${jobAge}, id) < (?, ?) AND ${isNoLane} ORDER BY ${jobAge} DESC, id DESC LIMIT ?`,
  );
  const forgetClaim = database.prepare('DELETE FROM claims WHERE key = ? AND expires_at <= ?');
  const findClaim = database.prepare('SELECT id, fingerprint FROM claims WHERE key = ?');
  const addClaim = database.prepare('INSERT INTO claims (key, fingerprint, id, expires_at) VALUES (?, ?, ?, ?)');

  const read = (id: string): BulkJob | undefined => {
    const row = select.get(id);
    return row && bulkJobFrom(String(row.body));
  };

  return {
    add: async (job, claim) =>
      whenFree(() =>
        transaction(database, () => {
          if (claim) {
            const key = keyOf(claim);
            forgetClaim.run(key, job.createdAt);
            const before = findClaim.get(key);
            const first = before && read(String(before.id));
            if (first) return { job: first, fingerprint: String(before.fingerprint) };
            addClaim.run(key, claim.fingerprint, job.id, claim.expiresAt);
          }
          insert.run(job.id, job.status, job.revision, JSON.stringify(job));
          return { job, fingerprint: claim?.fingerprint ?? null };
        }),
      ),
    find: async (id) => read(id),
    save: async (job) =>
      whenFree(() => update.run(job.status, job.revision, JSON.stringify(job), job.id, job.revision - 1).changes === 1),
    list: async ({ limit, after }) => {
      const rows = after ? older.all(after.createdAt, after.id, limit + 1) : newest.all(limit + 1);
      const items = rows.slice(0, limit).map(({ body }) => bulkJobFrom(String(body)));
      const last = items.at(-1);
      return { items, next: rows.length > limit && last ? { createdAt: last.createdAt, id: last.id } : undefined };
    },
    async *unfinished() {
      for (const row of open.all()) yield bulkJobFrom(String(row.body));
    },
  };
};

const isNoLane = "body ->> '$.part' IS NULL";

/** The catalogue keeps its claims in the same table; a key that has made an image may make a job as well. */
const keyOf = ({ key }: Claim): string => `job: ${key}`;
