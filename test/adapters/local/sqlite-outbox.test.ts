import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../lib/adapters/local/database.ts';
import { type SqliteOutbox, sqliteOutbox } from '../../../lib/adapters/local/sqlite-outbox.ts';

const t0 = 1_790_000_000_000;
const [a, b] = ['a'.repeat(26), 'b'.repeat(26)];

let database: Database;
let outbox: SqliteOutbox;
beforeEach(() => {
  database = openDatabase(':memory:');
  outbox = sqliteOutbox(database);
});

/** As the catalogue files it. */
const file = (id: string, version: number, at: number): void => {
  const event = JSON.stringify({ type: 'image.ready', id, version, at });
  database.prepare('INSERT INTO events (event, due_at) VALUES (?, ?)').run(event, at);
};
const due = (now: number, limit = 10) =>
  outbox.due(now, limit).map(({ event }) => `${event.id[0]}${'version' in event ? event.version : ''}`);
const sequence = (now: number, name: string) => outbox.due(now, 10)[due(now).indexOf(name)]?.sequence ?? -1;

describe('the outbox', () => {
  test('hands out what is due, the longest due first, and as many as are asked for', () => {
    file(b, 1, t0 + 1);
    file(a, 1, t0);
    expect([due(t0 - 1), due(t0), due(t0 + 1), due(t0 + 1, 1)]).toEqual([[], ['a1'], ['a1', 'b1'], ['a1']]);
  });

  test('hands out the same again until it is noted as delivered', () => {
    file(a, 1, t0);
    expect([due(t0), due(t0)]).toEqual([['a1'], ['a1']]);
    outbox.delivered(sequence(t0, 'a1'), t0);
    expect(due(t0)).toEqual([]);
  });

  test('holds back what happened to an image until what happened before is settled, and holds no other image back', () => {
    file(a, 1, t0);
    file(a, 2, t0);
    file(b, 1, t0);
    expect(due(t0)).toEqual(['a1', 'b1']);
    outbox.postponed(sequence(t0, 'a1'), t0 + 5000);
    expect([due(t0), due(t0 + 5000)]).toEqual([['b1'], ['b1', 'a1']]);
    outbox.delivered(sequence(t0 + 5000, 'a1'), t0 + 5000);
    expect(due(t0 + 5000)).toEqual(['b1', 'a2']);
  });

  test('brings forward what was added while the clock was ahead, and what no attempt was made for alone', () => {
    file(a, 1, t0 + 3600_000);
    file(b, 1, t0);
    outbox.postponed(sequence(t0, 'b1'), t0 + 5000);
    outbox.bringForward(t0);
    expect([due(t0), due(t0 + 5000)]).toEqual([['a1'], ['a1', 'b1']]);
  });

  test('counts the attempts that failed', () => {
    file(a, 1, t0);
    outbox.postponed(sequence(t0, 'a1'), t0 + 1);
    outbox.postponed(sequence(t0 + 1, 'a1'), t0 + 2);
    expect(outbox.due(t0 + 2, 1)).toMatchObject([{ attempts: 2 }]);
  });

  test('goes on to the next event of an image when one is given up, and keeps that one for a replay', () => {
    file(a, 1, t0);
    file(a, 2, t0);
    outbox.givenUp(sequence(t0, 'a1'), t0);
    expect(due(t0)).toEqual(['a2']);
    expect(outbox.replay({ since: t0, id: a }, t0)).toBe(2);
    expect(outbox.due(t0, 10)).toMatchObject([{ attempts: 0, event: { version: 1 } }]);
  });

  test('replays what happened since an instant, of all images or of one, in order', () => {
    for (const [index, id] of [a, b, a, b].entries()) file(id, index + 1, t0 + index);
    for (let left = outbox.due(t0 + 9, 10); left.length > 0; left = outbox.due(t0 + 9, 10))
      for (const one of left) outbox.delivered(one.sequence, t0 + 9);
    expect(outbox.replay({ since: t0 + 1, id: a }, t0 + 9)).toBe(1);
    expect(due(t0 + 9)).toEqual(['a3']);
    expect(outbox.replay({ since: t0 + 1 }, t0 + 9)).toBe(3);
    expect(due(t0 + 9)).toEqual(['b2', 'a3']);
    expect(outbox.replay({ since: t0 + 4 }, t0 + 9)).toBe(0);
  });

  test('forgets what is old and settled; what is still owed only on demand', () => {
    for (let version = 1; version <= 4; version++) file(a, version, t0 + version);
    outbox.delivered(sequence(t0 + 9, 'a1'), t0 + 9);
    outbox.givenUp(sequence(t0 + 9, 'a2'), t0 + 9);
    expect(outbox.forget(t0 + 4, 'keep')).toBe(2);
    expect(due(t0 + 9)).toEqual(['a3']);
    expect(outbox.forget(t0 + 4, 'forget')).toBe(1);
    expect(due(t0 + 9)).toEqual(['a4']);
  });

  test('finds what is due behind any number of events that wait for others', () => {
    const hold = (id: string) => outbox.postponed(sequence(t0, `${id[0]}1`), t0 + 5000);
    file(a, 1, t0);
    hold(a);
    for (let version = 2; version <= 300; version++) file(a, version, t0);
    file(b, 1, t0 + 1);
    expect(due(t0 + 1)).toEqual(['b1']);
    expect(due(t0 + 5000)).toEqual(['b1', 'a1']);
  });
});
