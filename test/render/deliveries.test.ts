import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deliveries } from '../../lib/render/deliveries.ts';

test('a delivery begins at once while few are under way, and waits while many are', async () => {
  const post = deliveries(2);
  let underWay = 0;
  let most = 0;
  const deliver = async () => {
    most = Math.max(most, ++underWay);
    await pause(10);
    underWay--;
  };
  for (let file = 0; file < 6; file++) await post.begin(deliver);
  await post.ended();
  expect(most).toBe(2);
  expect(underWay).toBe(0);
});

test('after one has failed none begins, and the end is its trouble', async () => {
  const post = deliveries(1);
  const trouble = new Error('the store is away');
  await post.begin(() => Promise.reject(trouble));
  await post.idle();
  await expect(post.begin(async () => undefined)).rejects.toBe(trouble);
  await expect(post.ended()).rejects.toBe(trouble);
});

test('idle waits for what is under way and holds no failure against it', async () => {
  const post = deliveries(3);
  let ended = false;
  await post.begin(async () => {
    await pause(20);
    ended = true;
  });
  await post.begin(() => Promise.reject(new Error('no')));
  await post.idle();
  expect(ended).toBe(true);
});
