import { expect, test } from '@jest/globals';
import { deletionEvent, eventOf, purgeEvent } from '../../lib/core/events.ts';
import { begin, expire, fail, finish, newVersion, type Original, retryLater } from '../../lib/core/image.ts';

const id = 'a'.repeat(26);
const original: Original = { contentType: 'image/jpeg', bytes: 9, sha256: null, width: null, height: null };
const pending = newVersion({ id, version: 2, source: 2, preset: 'web', original, expiresAt: 9 }, 1);
const processing = begin(pending, 2);
const error = { code: 'corrupt', message: 'It is damaged.' } as const;
const rendering = {
  kind: 'photo',
  width: 4,
  height: 3,
  recipe: '',
  placeholder: { thumbhash: '', color: '#000000' },
  variants: [],
} as const;

test('ready is told, with when', () => {
  const event = { type: 'image.ready', id, version: 2, at: 3 };
  expect(eventOf(finish(processing, rendering, original, 3))).toEqual(event);
});

test('failed is told, with why', () => {
  const event = { type: 'image.failed', id, version: 2, at: 3, error };
  expect(eventOf(fail(processing, error, original, 3))).toEqual(event);
});

test('deleted is an event of the image, not of a version', () => {
  expect(deletionEvent(id, 5)).toEqual({ type: 'image.deleted', id, at: 5 });
  expect(purgeEvent(id, 6)).toEqual({ type: 'image.purged', id, at: 6 });
});

test.each([pending, processing, retryLater(processing, 3, 'unknown'), expire(pending, 3)])(
  '$status is no event',
  (version) => {
    expect(eventOf(version)).toBeUndefined();
  },
);
