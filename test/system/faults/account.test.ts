import { expect, test } from '@jest/globals';
import type { Version } from '../../../lib/core/image.ts';
import { misaccounted } from './account.ts';

const row = (id: string, status: string, more: object = {}) =>
  ({ id, version: 1, source: 1, status, ...more }) as unknown as Version;
const failed = (id: string, code: string) => row(id, 'failed', { error: { code, message: '' } });

const doings = {
  offered: new Map([
    ['photo/v1', 'picture'],
    ['text/v1', 'junk'],
    ['unseen/v1', 'picture'],
    ['away/v1', 'picture'],
  ] as const),
  accepted: new Set(['photo/v1', 'text/v1', 'away/v1']),
  deleted: new Set(['away']),
};
const right = [row('photo', 'ready'), failed('text', 'not-an-image'), row('unseen', 'ready'), row('unused', 'expired')];

/** The right rows, with this one in the place of the one of its image. */
const replacing = (one: Version) => [...right.filter(({ id }) => id !== one.id), one];

test('what follows from what the clients did is in order', () => {
  expect(misaccounted(doings, right)).toEqual([]);
  expect(misaccounted(doings, replacing(row('unseen', 'expired')))).toEqual([]);
  expect(misaccounted(doings, [...right, row('photo', 'ready', { version: 2 })])).toEqual([]);
});

test.each([
  ['an accepted picture that expired', row('photo', 'expired'), 'photo/v1, accepted as picture, is expired'],
  ['an accepted picture that still waits', row('photo', 'pending'), 'photo/v1, accepted as picture, is pending'],
  [
    'a picture that failed as none',
    failed('photo', 'not-an-image'),
    'photo/v1, accepted as picture, is failed for not-an-image',
  ],
  ['a picture that was given up', failed('photo', 'gave-up'), 'photo/v1, accepted as picture, is failed for gave-up'],
  ['junk that is ready', row('text', 'ready'), 'text/v1, accepted as junk, is ready'],
  ['junk that expired', row('text', 'expired'), 'text/v1, accepted as junk, is expired'],
  ['an image that was deleted', row('away', 'ready'), 'away/v1 was deleted and is ready'],
  ['a ready image of which nothing was sent', row('unused', 'ready'), 'unused/v1, offered as nothing, is ready'],
])('%s is found', (_what, one, sentence) => {
  expect(misaccounted(doings, replacing(one))).toEqual([sentence]);
});

test('an accepted upload without a row is found, unless its image was deleted', () => {
  expect(misaccounted(doings, right.slice(1))).toEqual(['photo/v1 was accepted and is in no catalogue']);
});

test('a reprocess ends as the original that it was made from', () => {
  const again = row('photo', 'failed', { version: 2, error: { code: 'not-an-image', message: '' } });
  expect(misaccounted(doings, [...right, again])).toEqual([
    'photo/v2, accepted as picture, is failed for not-an-image',
  ]);
});
