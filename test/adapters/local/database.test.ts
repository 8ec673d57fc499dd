import { expect, test } from '@jest/globals';
import { forgetClaims, openDatabase } from '../../../lib/adapters/local/database.ts';

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
