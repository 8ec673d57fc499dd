import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { room } from '../../lib/render/room.ts';

/** Pieces of work that last until they are told to end, and which of them are under way. */
const bench = (limit: number) => {
  const hold = room(limit);
  const underWay = new Map<string, () => void>();
  const begin = (name: string, bytes: number): Promise<void> =>
    hold(bytes, async () => {
      await new Promise<void>((end) => underWay.set(name, end));
      underWay.delete(name);
    });
  const end = async (name: string): Promise<void> => {
    underWay.get(name)?.();
    await turn();
  };
  const names = async () => {
    await turn();
    return [...underWay.keys()];
  };
  return { hold, begin, end, names };
};

test('what fits side by side begins at once, and the next when there is room', async () => {
  const { begin, end, names } = bench(10);
  begin('a', 6);
  begin('b', 4);
  begin('c', 5);
  expect(await names()).toEqual(['a', 'b']);
  await end('b');
  expect(await names()).toEqual(['a']);
  await end('a');
  expect(await names()).toEqual(['c']);
});

test('what fits does not wait for what does not', async () => {
  const { begin, names } = bench(10);
  begin('a', 8);
  begin('large', 9);
  begin('small', 2);
  begin('nothing', 0);
  expect(await names()).toEqual(['a', 'small', 'nothing']);
});

test('what never fits has the room to itself', async () => {
  const { begin, end, names } = bench(10);
  begin('a', 1);
  begin('vast', 11);
  expect(await names()).toEqual(['a']);
  await end('a');
  begin('b', 1);
  expect(await names()).toEqual(['vast']);
});

test('work that fails gives its room back, and its trouble is told', async () => {
  const { hold, begin, names } = bench(10);
  const trouble = new Error('no paper');
  const failing = hold(10, () => Promise.reject(trouble));
  begin('next', 10);
  await expect(failing).rejects.toBe(trouble);
  expect(await names()).toEqual(['next']);
});
