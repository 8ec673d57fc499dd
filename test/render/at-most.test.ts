import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { atMost } from '../../lib/render/at-most.ts';

test('at most so many tasks run at once, begun in their order', async () => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await atMost(
    3,
    Array.from({ length: 8 }, (_, task) => async () => {
      begun.push(task);
      most = Math.max(most, ++running);
      await pause(5);
      running--;
    }),
  );
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test('after trouble nothing begins, and what is under way ends first', async () => {
  const trouble = new Error('no');
  const log: string[] = [];
  const running = atMost(2, [
    async () => {
      await pause(5);
      throw trouble;
    },
    async () => {
      await pause(30);
      log.push('second ended');
    },
    async () => {
      log.push('third began');
    },
  ]);
  await expect(running).rejects.toBe(trouble);
  expect(log).toEqual(['second ended']);
});
