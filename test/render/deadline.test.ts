import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deadline } from '../../lib/render/deadline.ts';

const tooBig = { code: 'too-big', name: 'BadPicture' };
const endless = () => new Promise<never>(() => undefined);

test('work that is done in time gives its result', async () => {
  expect(await deadline(60)(async () => 7)).toBe(7);
});

test('work that takes too much processor time is refused as too big, while it goes on', async () => {
  let spent = 5000;
  const inTime = deadline(10, () => spent);
  const working = inTime(endless);
  spent = 15_000;
  await expect(working).rejects.toMatchObject(tooBig);
});

test('pieces of work add up, and none is begun when the time is spent', async () => {
  let spent = 0;
  const inTime = deadline(1, () => spent);
  for (let piece = 0; piece < 2; piece++)
    await inTime(async () => {
      spent += 500;
    });
  let begun = false;
  const late = inTime(async () => {
    begun = true;
  });
  await expect(late).rejects.toMatchObject(tooBig);
  expect(begun).toBe(false);
});

test('time in which nothing is computed does not count', async () => {
  expect(await deadline(0.01, () => 0)(() => pause(100, 'still in time'))).toBe('still in time');
});

test('the time that the process computes does count', async () => {
  const inTime = deadline(0.05);
  const compute = async () => {
    const began = process.cpuUsage();
    const spent = () => process.cpuUsage(began).user + process.cpuUsage(began).system;
    while (spent() < 60_000) JSON.stringify([...Array(1000).keys()]);
    await pause(0);
  };
  await inTime(compute).catch(() => undefined);
  await expect(inTime(compute)).rejects.toMatchObject(tooBig);
});

test('trouble of the work itself is passed on as it is', async () => {
  const trouble = new Error('disk');
  await expect(deadline(60)(() => Promise.reject(trouble))).rejects.toBe(trouble);
});
