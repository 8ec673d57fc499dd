import { expect, test } from '@jest/globals';
import { inBytes, inSeconds, plural } from '../../lib/console/words.ts';

test.each([
  [0, '0 KB'],
  [1, '1 KB'],
  [10_485_760, '10 MB'],
  [13_946_060, '13.3 MB'],
  [157_286_400, '150 MB'],
  [3_650_722_202, '3.4 GB'],
])('%i bytes are %s', (bytes, words) => expect(inBytes(bytes)).toBe(words));

test.each([
  [0.0421, '42 ms'],
  [2.55, '2.6 s'],
  [61.2, '61 s'],
  [600, '10 min'],
  [9000, '2.5 h'],
  [Number.NaN, '–'],
])('%d seconds are %s', (seconds, words) => expect(inSeconds(seconds)).toBe(words));

test('one is one, and others are many', () => {
  expect([plural(1, 'picture'), plural(0, 'picture'), plural(1200, 'picture')]).toEqual([
    '1 picture',
    '0 pictures',
    '1,200 pictures',
  ]);
});
