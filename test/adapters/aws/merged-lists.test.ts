import { expect, test } from '@jest/globals';
import { mergedLists } from '../../../lib/adapters/aws/merged-lists.ts';
import type { Image } from '../../../lib/core/image.ts';
import type { ListPosition, ListQuery } from '../../../lib/ports.ts';

const at = (createdAt: number): ListPosition => ({ createdAt, id: `image ${createdAt}` });
const page = (createdAts: readonly number[], next?: number) => ({
  items: createdAts.map((createdAt) => at(createdAt) as Image),
  next: next === undefined ? undefined : at(next),
});
const query: ListQuery = { limit: 3, statuses: ['pending', 'failed'] };
const merge = (pages: Readonly<Record<string, ReturnType<typeof page>>>, more: Partial<ListQuery> = {}) =>
  mergedLists({ ...query, ...more }, async (list) => pages[list ?? ''] ?? page([]));
const times = ({ items, next }: Awaited<ReturnType<typeof merge>>) => [
  items.map(({ createdAt }) => createdAt),
  next?.createdAt,
];

test.each([
  [
    'holds the newest of all, and goes on after them',
    { unfinished: page([9, 7, 5], 5), failed: page([8, 6]) },
    [9, 8, 7],
    7,
  ],
  ['ends with the last of all', { unfinished: page([9]), failed: page([8, 6]) }, [9, 8, 6], undefined],
  [
    'ends where a list ends that was not read to its end',
    { unfinished: page([9], 7), failed: page([8, 6, 5], 5) },
    [9, 8],
    7,
  ],
  ['goes on though a list had nothing so far', { unfinished: page([], 7), failed: page([6]) }, [], 7],
])('A page of several lists %s', async (_, pages, items, next) => {
  expect(times(await merge(pages))).toEqual([items, next]);
});

test('Statuses that share a list are one list, which is read once', async () => {
  const read: (string | undefined)[] = [];
  await mergedLists({ limit: 3, statuses: ['pending', 'processing', 'retrying'] }, async (list) => {
    read.push(list);
    return page([]);
  });
  expect(read).toEqual(['unfinished']);
});

test('The oldest come first where that is asked for', async () => {
  const pages = { unfinished: page([5, 7], 7), failed: page([6, 8, 9], 9) };
  expect(times(await merge(pages, { order: 'oldest' }))).toEqual([[5, 6, 7], 7]);
});
