import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { begin, expire, type Version } from '../../../lib/core/image.ts';
import { settle } from '../../../lib/pipeline/parts/settle.ts';
import { openWorld, type TestWorld } from '../../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test('of two steps at once one is made, and the other looks again at what that has left', async () => {
  const ref = { id: await world.file(), version: 1 };
  const seen: string[] = [];
  const stepTo = (step: (now: Version & { readonly status: 'pending' }) => Version) =>
    settle(world.catalogue, ref, (now) => {
      seen.push(now.status);
      return now.status === 'pending' ? step(now) : undefined;
    });
  const moved = await Promise.all([
    stepTo((now) => begin(now, world.clock.now())),
    stepTo((now) => expire(now, world.clock.now())),
  ]);
  expect(moved.map((to) => to?.status)).toEqual(['processing', undefined]);
  expect(seen).toEqual(['pending', 'pending', 'processing']);
});
