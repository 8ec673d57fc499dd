import type { ImageEvent } from '../../core/events.ts';
import type { Instant } from '../../core/image.ts';
import { type Database, transaction } from './database.ts';

/** The transactional outbox: events that the catalogue adds with each move. None is removed before it is delivered. */
export type SqliteOutbox = {
  /**
   * Events that are due, the longest due first, and of each image at most the oldest one that is not settled: what
   * happened later to the same image waits for it.
   */
  due(now: Instant, limit: number): readonly DueEvent[];
  delivered(sequence: number, at: Instant): void;
  /** An attempt failed, and the next one is due at an instant. */
  postponed(sequence: number, dueAt: Instant): void;
  /** An attempt failed, and there is no next one. The event stays, until it is replayed or forgotten. */
  givenUp(sequence: number, at: Instant): void;
  /** Makes events due again, delivered or not; resolves to how many. */
  replay(which: { readonly since: Instant; readonly id?: string | undefined }, now: Instant): number;
  /** Makes events due that no attempt was made for: the clock may have been ahead when they were added. */
  bringForward(now: Instant): void;
  /** The newest events, oldest first. */
  newest(limit: number): readonly LoggedEvent[];
  /** Events that were added after one of them, oldest first. */
  after(sequence: number): readonly LoggedEvent[];
  /** Removes some of the events from before an instant; undelivered ones only if there is no receiver. */
  forget(before: Instant, owed: 'keep' | 'forget'): number;
};

export type DueEvent = {
  readonly sequence: number;
  readonly event: ImageEvent;
  /** How many attempts have failed. */
  readonly attempts: number;
};

export type LoggedEvent = DueEvent & { readonly delivery: 'delivered' | 'given up' | 'waiting' };

type Looked = {
  readonly sequence: number;
  readonly event: string;
  readonly attempts: number;
  readonly dueAt: Instant;
  readonly waitsUntil: Instant | null;
};

const lookedAtOnce = 100;
/** A deletion blocks other writers, so it is done in pieces. */
const forgottenAtOnce = 10_000;

export const sqliteOutbox = (database: Database): SqliteOutbox => {
  const prepare = (text: string) => database.prepare(text);
  const look = prepare(
    `SELECT sequence, event, attempts, due_at AS dueAt, (
       SELECT max(due_at) FROM events AS before
       WHERE before.image = one.image AND before.sequence < one.sequence
         AND before.delivered_at IS NULL AND before.given_up_at IS NULL) AS waitsUntil
     FROM events AS one
     WHERE delivered_at IS NULL AND given_up_at IS NULL AND due_at <= ?
     ORDER BY due_at, sequence LIMIT ${lookedAtOnce}`,
  );
  const hold = prepare('UPDATE events SET due_at = ? WHERE sequence = ?');
  const deliver = prepare('UPDATE events SET delivered_at = ? WHERE sequence = ?');
  const postpone = prepare('UPDATE events SET attempts = attempts + 1, due_at = ? WHERE sequence = ?');
  const giveUp = prepare('UPDATE events SET attempts = attempts + 1, given_up_at = ? WHERE sequence = ?');
  const replay = prepare(
    `UPDATE events SET attempts = 0, delivered_at = NULL, given_up_at = NULL, due_at = ?1
     WHERE at >= ?2 AND (?3 IS NULL OR image = ?3)`,
  );
  const bring = prepare(
    'UPDATE events SET due_at = ?1 WHERE due_at > ?1 AND attempts = 0 AND delivered_at IS NULL AND given_up_at IS NULL',
  );
  const forget = prepare(
    `DELETE FROM events WHERE sequence IN (
       SELECT sequence FROM events
       WHERE at < ? AND (? = 'forget' OR delivered_at IS NOT NULL OR given_up_at IS NOT NULL)
       LIMIT ${forgottenAtOnce})`,
  );

  const columns = 'sequence, event, attempts, delivered_at AS deliveredAt, given_up_at AS givenUpAt';
  const newest = prepare(`SELECT ${columns} FROM events ORDER BY sequence DESC LIMIT ?`);
  const after = prepare(`SELECT ${columns} FROM events WHERE sequence > ? ORDER BY sequence`);

  const due = (now: Instant, limit: number): readonly DueEvent[] => {
    const rows = look.all(now) as Looked[];
    // Later events of the same image are postponed with it; otherwise a dead receiver would make this list long.
    const early = rows.filter(({ dueAt, waitsUntil }) => waitsUntil !== null && waitsUntil > dueAt);
    if (early.length > 0) {
      transaction(database, () => {
        for (const { sequence, waitsUntil } of early) hold.run(waitsUntil, sequence);
      });
      return due(now, limit);
    }
    return rows
      .filter(({ waitsUntil }) => waitsUntil === null)
      .slice(0, limit)
      .map(({ sequence, event, attempts }) => ({ sequence, event: JSON.parse(event) as ImageEvent, attempts }));
  };

  return {
    due,
    delivered: (sequence, at) => void deliver.run(at, sequence),
    postponed: (sequence, dueAt) => void postpone.run(dueAt, sequence),
    givenUp: (sequence, at) => void giveUp.run(at, sequence),
    replay: ({ since, id = undefined }, now) => Number(replay.run(now, since, id ?? null).changes),
    bringForward: (now) => void bring.run(now),
    newest: (limit) => newest.all(limit).map(loggedEvent).reverse(),
    after: (sequence) => after.all(sequence).map(loggedEvent),
    forget: (before, owed) => Number(forget.run(before, owed).changes),
  };
};

const loggedEvent = (row: Record<string, unknown>): LoggedEvent => ({
  sequence: Number(row.sequence),
  event: JSON.parse(String(row.event)) as ImageEvent,
  attempts: Number(row.attempts),
  delivery: row.deliveredAt !== null ? 'delivered' : row.givenUpAt !== null ? 'given up' : 'waiting',
});
