import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lookAtStores } from '../../lib/pipeline/look-at-stores.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test('stores that answer are ok', async () => {
  expect(await lookAtStores(world)()).toEqual([
    { name: 'catalogue', ok: true, needed: true },
    { name: 'originals', ok: true, needed: true },
  ]);
});

test('a store that does not answer is not ok, and is asked again after five seconds', async () => {
  let isDown = true;
  let asked = 0;
  const catalogue = {
    ...world.catalogue,
    find: async () => {
      asked++;
      if (isDown) throw new Error('no connection');
      return undefined;
    },
  };
  const look = lookAtStores({ ...world, catalogue });
  const isOk = async () => (await look()).map(({ ok }) => ok);
  expect(await isOk()).toEqual([false, true]);
  isDown = false;
  world.pass(4999);
  expect([await isOk(), asked]).toEqual([[false, true], 1]);
  world.pass(1);
  expect([await isOk(), asked]).toEqual([[true, true], 2]);
});
