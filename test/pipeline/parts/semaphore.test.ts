import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { semaphore } from '../../../lib/pipeline/parts/semaphore.ts';

test('At most so many calls are under way, in the order in which they came, and one that fails makes room as well', async () => {
  const inLine = semaphore(2);
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  const call = async (number: number): Promise<number> => {
    begun.push(number);
    most = Math.max(most, ++underWay);
    await setImmediate();
    underWay--;
    if (number % 2 === 0) throw new Error(`call ${number}`);
    return number;
  };
  const numbers = [0, 1, 2, 3, 4, 5, 6];
  const ends = await Promise.allSettled(numbers.map((number) => inLine(() => call(number))));
  expect(begun).toEqual(numbers);
  expect(most).toBe(2);
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : undefined))).toEqual(
    numbers.map((number) => (number % 2 === 0 ? undefined : number)),
  );
});
