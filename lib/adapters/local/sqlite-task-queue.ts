import { randomUUID } from 'node:crypto';
import type { VersionRef } from '../../core/object-keys.ts';
import type { Clock, RenderTask, TaskQueue } from '../../ports.ts';
import { whenFree } from './busy.ts';
import { type Database, transaction } from './database.ts';

export type Received = {
  readonly id: number;
  /** Of this one receive. */
  readonly handle: string;
  readonly task: RenderTask;
  readonly receives: number;
};

/**
 * A queue with SQS's promises: at least once, invisible while it is being worked on, dead after too many receives. What
 * writes waits until the database is free. Its clock is never set back while it is open, and `releaseAll` comes first when it is
 * opened again: the clock may have been ahead before.
 */
export type SqliteTaskQueue = TaskQueue & {
  /** Stores a task, unless one about the same subject is waiting already. Urgent ones are received first. */
  put(task: RenderTask, urgency: 'urgent' | 'patient'): Promise<void>;
  /** The oldest visible message, now invisible to others until the timeout. */
  receive(visibilityMs: number): Promise<Received | undefined>;
  /** The oldest message that was received too often and never deleted. */
  receiveDead(visibilityMs: number): Promise<Received | undefined>;
  /** Deletes a message. Does nothing if it has been received again since. */
  remove(handle: string): Promise<void>;
  /** Makes all hidden messages visible; for a host that knows that all its renderers are gone. */
  releaseAll(): Promise<void>;
  depth(): number;
  /** Every task, visible or not. */
  tasks(): readonly RenderTask[];
  /** Whether a fresh upload waits for a renderer. */
  hasUpload(): boolean;
};

export const sqliteTaskQueue = (
  database: Database,
  { clock, maxReceives }: { readonly clock: Clock; readonly maxReceives: number },
): SqliteTaskQueue => {
  const insert = database.prepare(
    `INSERT INTO messages (subject, urgent, body, sent_at, visible_at)
     SELECT ?1, ?2, ?3, ?4, ?4 WHERE NOT EXISTS (SELECT 1 FROM messages WHERE subject = ?1)`,
  );
  const oldest = database.prepare(
    'SELECT id, body, receives FROM messages WHERE visible_at <= ? AND receives < ? ORDER BY urgent DESC, visible_at, id LIMIT 1',
  );
  const oldestDead = database.prepare(
    'SELECT id, body, receives FROM messages WHERE visible_at <= ? AND receives >= ? ORDER BY visible_at, id LIMIT 1',
  );
  const take = database.prepare('UPDATE messages SET receives = ?, receipt = ?, visible_at = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM messages WHERE receipt = ?');
  const show = database.prepare('UPDATE messages SET visible_at = ? WHERE receipt = ?');
  const putBack = database.prepare(
    'UPDATE messages SET visible_at = ?, receives = max(0, receives - 1) WHERE receipt = ?',
  );
  const showAll = database.prepare('UPDATE messages SET visible_at = ? WHERE visible_at > ?');
  const count = database.prepare('SELECT count(*) AS depth FROM messages');

  const all = database.prepare('SELECT body FROM messages ORDER BY id');
  const upload = database.prepare(
    'SELECT 1 FROM messages WHERE visible_at <= ? AND receives < ? AND urgent = 1 LIMIT 1',
  );

  const receiveBy = (select: typeof oldest, visibilityMs: number, counts: 0 | 1): Promise<Received | undefined> =>
    whenFree(() =>
      transaction(database, () => {
        const now = clock.now();
        const row = select.get(now, maxReceives) as { id: number; body: string; receives: number } | undefined;
        if (!row) return undefined;
        const { id, body } = row;
        const handle = randomUUID();
        const receives = row.receives + counts;
        take.run(receives, handle, now + visibilityMs, id);
        return { id, task: JSON.parse(body) as RenderTask, receives, handle };
      }),
    );

  const put: SqliteTaskQueue['put'] = (task, urgency) =>
    whenFree(() => {
      insert.run(subjectOf(task), urgency === 'urgent' ? 1 : 0, JSON.stringify(task), clock.now());
    });

  return {
    put,
    send: (task) => put(task, 'patient'),
    receive: (visibilityMs) => receiveBy(oldest, visibilityMs, 1),
    receiveDead: (visibilityMs) => receiveBy(oldestDead, visibilityMs, 0),
    remove: (handle) => whenFree(() => void remove.run(handle)),
    postpone: (handle, delayMs) => whenFree(() => void show.run(clock.now() + delayMs, handle)),
    putBack: (handle, delayMs) => whenFree(() => void putBack.run(clock.now() + delayMs, handle)),
    releaseAll: () => whenFree(() => void showAll.run(clock.now(), clock.now())),
    hasUpload: () => upload.get(clock.now(), maxReceives) !== undefined,
    depth: () => Number(count.get()?.depth),
    tasks: () => all.all().map(({ body }) => JSON.parse(String(body)) as RenderTask),
  };
};

/** An arrived upload and a requested render are the same work, so they share a subject. */
const renderSubject = ({ id, version }: VersionRef): string => `${id}/v${version}`;

const subjectOf = (task: RenderTask): string => {
  if ('render' in task) return renderSubject(task.render);
  if ('repair' in task) return `${renderSubject(task.repair)} repair`;
  return `${task.sample.job} ${task.sample.id}`;
};
