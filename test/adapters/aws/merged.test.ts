import { describe, expect, test } from '@jest/globals';
import { batches, merged, take } from '../../../lib/adapters/aws/merged.ts';

const ascending = (one: number, other: number) => one - other;

/** A list in pages, which counts how many of them were read. */
const paged = (...pages: readonly (readonly number[])[]) => {
  const list = {
    read: 0,
    async *[Symbol.asyncIterator]() {
      for (const page of pages) {
        list.read++;
        yield page;
      }
    },
  };
  return list;
};

const all = async <Item>(list: AsyncIterable<Item>): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
};

describe('Merged lists', () => {
  test.each([
    ['of no lists', [], []],
    ['of lists without items', [[], [[]]], []],
    ['with empty pages in between', [[[1, 4], [], [6]], [[2, 3], [5]], [[]]], [1, 2, 3, 4, 5, 6]],
    ['of one list after the other', [[[7, 8]], [[1], [2]]], [1, 2, 7, 8]],
  ])('%s are in order and whole', async (_title, lists, expected) => {
    expect(
      await all(
        merged(
          lists.map((pages) => paged(...pages)),
          ascending,
        ),
      ),
    ).toEqual(expected);
  });

  test('are read no further than what is taken', async () => {
    const lists = [paged([1, 3], [9], [10]), paged([2, 4], [5], [11])];
    const list = merged(lists, ascending);
    expect(await take(list, 3)).toEqual([1, 2, 3]);
    expect(lists.map(({ read }) => read)).toEqual([1, 1]);
    expect(await take(list, 3)).toEqual([4, 5, 9]);
    expect(lists.map(({ read }) => read)).toEqual([2, 3]);
    expect(await take(list, 3)).toEqual([10, 11]);
  });

  test('come in batches of one size, the last of which may be smaller, and is never empty', async () => {
    const five = () => merged([paged([1, 3, 5]), paged([2, 4])], ascending);
    expect(await all(batches(five(), 2))).toEqual([[1, 2], [3, 4], [5]]);
    expect(await all(batches(five(), 5))).toEqual([[1, 2, 3, 4, 5]]);
  });
});
