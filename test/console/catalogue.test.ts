import { beforeAll, expect, test } from '@jest/globals';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { type Asked, imageAnswer, openConsolePage } from './console-page.ts';

let catalogue: typeof import('../../lib/console/catalogue.ts').catalogue;
let all: readonly ImageAnswer[] = [];

/** What a list waits for before it is answered, by what was there when it was asked for. */
let held: Promise<unknown> = Promise.resolve();

/** Newest first; the cursor is the id of the last of a page. */
const listed = async ({ path }: Asked) => {
  const found = pageOf(path);
  await held;
  return found;
};
const pageOf = (path: string) => {
  const query = new URL(path, 'https://pictures.example').searchParams;
  const from = all.findIndex(({ id }) => id === query.get('cursor')) + 1;
  const items = all.slice(from, from + Number(query.get('limit')));
  const isEnd = from + items.length >= all.length;
  return { body: { items, nextCursor: isEnd ? null : items.at(-1)?.id } };
};

beforeAll(async () => {
  await openConsolePage({ 'GET /v1/images': listed }, async () => {
    ({ catalogue } = await import('../../lib/console/catalogue.ts'));
  });
});

let born = 0;
const images = (count: number, more: Partial<ImageAnswer> = {}): readonly ImageAnswer[] =>
  Array.from({ length: count }, () => {
    const createdAt = new Date(Date.UTC(2026, 9, 1) + 1000 * ++born).toISOString();
    return { ...imageAnswer('a'), id: `image${born}`, createdAt, ...more };
  }).toReversed();
const expired = (count: number) => images(count, { status: 'expired', ready: null });

const filled = async () => {
  const shelf = catalogue(() => ({ collection: '', status: '', kind: '', search: '' }));
  shelf.begin();
  await shelf.refresh([]);
  while (await shelf.more());
  return shelf;
};
const look = (shelf: Awaited<ReturnType<typeof filled>>) =>
  shelf.refresh([]).then(() => [shelf.tiles().length, shelf.isWhole()]);

test('a gallery whose newest page has no picture keeps its pictures at each look', async () => {
  const pictures = images(100);
  all = [...expired(60), ...pictures];
  const shelf = await filled();
  expect(await look(shelf)).toEqual([100, true]);
  all = [...expired(5), ...all];
  expect(await look(shelf)).toEqual([100, true]);
  all = [...images(2), ...all];
  expect(await look(shelf)).toEqual([102, true]);
});

test('a gallery begins again after more than a page of new entries, also when none of them is shown', async () => {
  all = [...expired(60), ...images(100)];
  const shelf = await filled();
  all = [...expired(50), ...all];
  expect(await look(shelf)).toEqual([0, false]);
  while (await shelf.more());
  expect(shelf.tiles()).toHaveLength(100);
});

test.each([
  ['is empty', () => []],
  ['has nothing to show', () => expired(5)],
])('a gallery that %s lists all of more than a page of new pictures', async (_, before) => {
  all = before();
  const shelf = await filled();
  expect(await look(shelf)).toEqual([0, true]);
  all = [...images(120), ...all];
  expect(await look(shelf)).toEqual([50, false]);
  while (await shelf.more());
  expect(await look(shelf)).toEqual([120, true]);
});

test('an answer to what was asked before the filters changed is passed over', async () => {
  all = images(3);
  const shelf = await filled();
  const late = Promise.withResolvers<void>();
  held = late.promise;
  all = images(60);
  const before = shelf.refresh([]);
  held = Promise.resolve();
  shelf.begin();
  all = images(1);
  await shelf.refresh([]);
  late.resolve();
  await before;
  expect([shelf.tiles().length, shelf.isWhole()]).toEqual([1, true]);
});

test('older pages that were asked for before the filters changed are passed over as well', async () => {
  all = images(160);
  const shelf = catalogue(() => ({ collection: '', status: '', kind: '', search: '' }));
  shelf.begin();
  await shelf.refresh([]);
  const late = Promise.withResolvers<void>();
  held = late.promise;
  const more = shelf.more();
  held = Promise.resolve();
  shelf.begin();
  all = images(2);
  await shelf.refresh([]);
  late.resolve();
  expect(await more).toBe(false);
  expect([shelf.tiles().length, shelf.isWhole()]).toEqual([2, true]);
});
