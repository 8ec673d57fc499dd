import { describe, expect, test } from '@jest/globals';
import { forgetClaims, openDatabase, transaction } from '../../../lib/adapters/local/database.ts';
import { troubleOf } from '../../../lib/core/trouble.ts';

test('claims are forgotten when they have expired, and not before', () => {
  const database = openDatabase(':memory:');
  const claim = database.prepare(
    "INSERT INTO claims (key, fingerprint, id, version, expires_at) VALUES (?, 'f', 'i', 1, ?)",
  );
  claim.run('old', 1000);
  claim.run('new', 1001);
  expect(forgetClaims(database, 1000)).toBe(1);
  expect(database.prepare('SELECT key FROM claims').all()).toMatchObject([{ key: 'new' }]);
  database.close();
});

describe('a transaction that fails', () => {
  test('tells the trouble that came first, also when there is nothing left to roll back', () => {
    const database = openDatabase(':memory:');
    const first = Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
    const work = () => {
      // What SQLite does by itself after some errors.
      database.exec('ROLLBACK');
      throw first;
    };
    expect(() => transaction(database, work)).toThrow(first);
    expect(transaction(database, () => 'goes on')).toBe('goes on');
    database.close();
  });

  test('because the disk is full leaves nothing, and says that the disk is full', () => {
    const database = openDatabase(':memory:');
    const { page_count } = database.prepare('PRAGMA page_count').get() ?? {};
    database.exec(`PRAGMA max_page_count = ${page_count}`);
    const insert = database.prepare(
      'INSERT INTO messages (subject, urgent, body, sent_at, visible_at) VALUES (?, 0, ?, 0, 0)',
    );
    let error: unknown;
    try {
      transaction(database, () => {
        for (let row = 0; row < 100; row++) insert.run(`s${row}`, 'x'.repeat(5000));
      });
    } catch (thrown) {
      error = thrown;
    }
    expect(troubleOf(error)).toBe('database');
    expect(database.prepare('SELECT count(*) AS count FROM messages').get()).toEqual({ count: 0 });
    database.close();
  });
});
