import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deadline } from '../../lib/render/deadline.ts';

const tooBig = { code: 'too-big', name: 'BadPicture' };

test('work that is done in time gives its result', async () => {
  expect(await deadline(60)(async () => 7)).toBe(7);
});

test('work that takes too long is refused as too big, at its time and not at its end', async () => {
  const endless = () => new Promise<never>(() => undefined);
  await expect(deadline(0.03)(endless)).rejects.toMatchObject(tooBig);
});

test('short pieces of work add up', async () => {
  const inTime = deadline(0.05);
  const worked = async () => {
    for (let piece = 0; piece < 20; piece++) await inTime(() => pause(10));
  };
  await expect(worked()).rejects.toMatchObject(tooBig);
});

test('work side by side counts once', async () => {
  let clock = 0;
  const inTime = deadline(10, () => clock);
  const both = [inTime(() => pause(5)), inTime(() => pause(5))];
  clock = 6000;
  await Promise.all(both);
  expect(await inTime(async () => 'still in time')).toBe('still in time');
});

test('the time between pieces of work does not count', async () => {
  let clock = 0;
  const inTime = deadline(1, () => clock);
  await inTime(async () => undefined);
  clock = 60_000;
  expect(await inTime(async () => 'still in time')).toBe('still in time');
});

test('trouble of the work itself is passed on as it is', async () => {
  const trouble = new Error('disk');
  await expect(deadline(60)(() => Promise.reject(trouble))).rejects.toBe(trouble);
});
