import { describe, expect, test } from '@jest/globals';
import { eachOf } from '../../lib/local/each-of.ts';

const upTo = async function* (count: number, read: number[] = []): AsyncGenerator<number> {
  for (let item = 0; item < count; item++) {
    read.push(item);
    yield item;
  }
};

describe('eachOf', () => {
  test('works on every item once, and on no more than the limit at a time', async () => {
    const worked: number[] = [];
    let [now, most] = [0, 0];
    await eachOf(upTo(20), 3, async (item) => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      worked.push(item);
      now--;
    });
    expect(worked.toSorted((a, b) => a - b)).toEqual([...Array(20).keys()]);
    expect(most).toBe(3);
  });

  test('rejects with the first failure, and reads no further', async () => {
    const read: number[] = [];
    const work = eachOf(upTo(1000, read), 3, async (item) => {
      await new Promise(setImmediate);
      if (item === 4) throw new Error('item 4');
    });
    await expect(work).rejects.toThrow('item 4');
    const readThen = read.length;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(readThen).toBeLessThan(12);
    expect(read.length).toBeLessThan(12);
  });
});
