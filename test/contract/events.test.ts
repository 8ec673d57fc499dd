import { expect, test } from '@jest/globals';
import { notification, notificationOf } from '../../lib/contract/events.ts';
import type { ImageEvent } from '../../lib/core/events.ts';

const id = 'a'.repeat(26);
const at = Date.parse('2026-11-20T08:30:00.123Z');
const error = { code: 'corrupt', message: 'It is damaged.' } as const;

const told: readonly (readonly [ImageEvent, object])[] = [
  [
    { type: 'image.ready', id, version: 2, at },
    { id: `${id}.v2.ready`, type: 'image.ready', at: '2026-11-20T08:30:00.123Z', data: { id, version: 2 } },
  ],
  [
    { type: 'image.failed', id, version: 3, at, error },
    { id: `${id}.v3.failed`, type: 'image.failed', at: '2026-11-20T08:30:00.123Z', data: { id, version: 3, error } },
  ],
  [
    { type: 'image.deleted', id, at },
    { id: `${id}.deleted`, type: 'image.deleted', at: '2026-11-20T08:30:00.123Z', data: { id } },
  ],
  [
    { type: 'image.purged', id, at },
    { id: `${id}.purged`, type: 'image.purged', at: '2026-11-20T08:30:00.123Z', data: { id } },
  ],
];

test.each(told)('%j is told as what the contract has for it', (event, expected) => {
  expect(notificationOf(event)).toEqual(expected);
  expect(notification.parse(notificationOf(event))).toEqual(expected);
});

test('the same event has the same id each time it is told, and different events have different ids', () => {
  const ids = told.map(([event]) => notificationOf(event).id);
  expect(told.map(([event]) => notificationOf({ ...event }).id)).toEqual(ids);
  expect(new Set(ids).size).toBe(told.length);
});
