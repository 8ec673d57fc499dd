import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { listImages } from '../../lib/pipeline/list-images.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const add = async (count: number, collection: string | null = null): Promise<string[]> => {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) ids.push(await world.file('a', { collection }));
  return ids;
};
const page = async (query: Parameters<typeof listImages>[1]) => {
  const { items, nextCursor } = await listImages(world.catalogue, query);
  return { ids: items.map(({ id }) => id), nextCursor };
};

describe('a list of images', () => {
  test('has the newest first, and its pages name each image once', async () => {
    const ids = await add(5);
    const first = await page({ limit: 2 });
    const second = await page({ limit: 2, cursor: first.nextCursor ?? '' });
    const third = await page({ limit: 2, cursor: second.nextCursor ?? '' });
    expect([...first.ids, ...second.ids, ...third.ids]).toEqual(ids.reverse());
    expect(third.nextCursor).toBeNull();
  });

  test('goes on where it was, though images were added in between', async () => {
    const ids = await add(3);
    const { nextCursor } = await page({ limit: 2 });
    await add(2);
    expect(await page({ limit: 2, cursor: nextCursor ?? '' })).toEqual({ ids: ids.slice(0, 1), nextCursor: null });
  });

  test('has only what was asked for', async () => {
    const birds = await add(2, 'birds');
    await add(1, 'fish');
    expect((await page({ limit: 9, collection: 'birds' })).ids).toEqual(birds.reverse());
    expect((await page({ limit: 9, collection: 'birds', statuses: ['pending'] })).ids).toHaveLength(2);
    expect(await page({ limit: 9, statuses: ['ready'] })).toEqual({ ids: [], nextCursor: null });
  });

  const cursorOf = (text: string) => Buffer.from(text).toString('base64url');

  test.each([
    ['letters', 'abc'],
    ['no text', ''],
    ['a place without an id', cursorOf('12.')],
    ['an id of another kind', cursorOf('12.A')],
    ['a place that is no number', cursorOf(`x.${'a'.repeat(26)}`)],
    ['more than a place', cursorOf(`12.${'a'.repeat(26)}; 1`)],
  ])('refuses a cursor that it did not give out (%s)', async (_, cursor) => {
    await expect(page({ limit: 2, cursor })).rejects.toMatchObject({
      code: 'invalid-request',
      fields: [{ path: 'cursor' }],
    });
  });
});
