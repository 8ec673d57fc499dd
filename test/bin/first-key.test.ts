import { expect, test } from '@jest/globals';
import { wordsOnKeys } from '../../bin/first-key.ts';
import { hashOfKey } from '../../lib/core/api-keys.ts';

const place = { secret: 'arn:of:the:secret', whereabouts: ' --region eu-west-1', isLogged: false };

test.each([false, undefined])('A deploy after which no key is known to be valid (%s) offers one', (areThere) => {
  const words = wordsOnKeys(areThere, place);
  const [, key = ''] = /DARKROOM_API_KEY=(\S+)/.exec(words) ?? [];
  expect(words).toContain(
    `put-secret-value --region eu-west-1 --secret-id arn:of:the:secret --secret-string '["${hashOfKey(key)}"]'`,
  );
  expect(words.includes('DO NOT')).toBe(areThere === undefined);
});

test('A deploy offers no key where there is one', () => {
  expect(wordsOnKeys(true, place)).not.toContain('DARKROOM_API_KEY');
});

test.each([false, undefined, true])('A deploy shows no key in a log (%s)', (areThere) => {
  const words = wordsOnKeys(areThere, { ...place, isLogged: true });
  expect(words).not.toMatch(/DARKROOM_API_KEY|put-secret-value/);
});
