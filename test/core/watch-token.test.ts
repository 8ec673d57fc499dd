import { expect, test } from '@jest/globals';
import { opensImage, watchToken } from '../../lib/core/watch-token.ts';

const [id, other] = ['a'.repeat(26), 'b'.repeat(26)];
const now = 1_790_000_000_000;
const dayMs = 24 * 3600_000;
const { token, expiresAt } = watchToken('secret', id, now);

test('a token opens its image for a day', () => {
  expect(expiresAt).toBe(now + dayMs);
  expect(opensImage('secret', token, id, now)).toBe(true);
  expect(opensImage('secret', token, id, now + dayMs - 1)).toBe(true);
  expect(opensImage('secret', token, id, now + dayMs)).toBe(false);
});

test('it opens no other image, and none of a service with another secret', () => {
  expect(opensImage('secret', token, other, now)).toBe(false);
  expect(opensImage('another', token, id, now)).toBe(false);
});

test.each([
  ['a later end', token.replace(/^w1\.\w+/, `w1.${(expiresAt + 1).toString(36)}`)],
  ['another signature', `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
  ['no signature', token.slice(0, token.lastIndexOf('.'))],
  ['more behind it', `${token}A`],
  ['nothing', ''],
])('%s makes it no token', (_what, changed) => {
  expect(opensImage('secret', changed, id, now)).toBe(false);
});
