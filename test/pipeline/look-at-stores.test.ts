import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { healthStatus } from '../../lib/core/health.ts';
import { lookAtStores } from '../../lib/pipeline/look-at-stores.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

const depth = async () => 3;
let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test('stores that answer are ok', async () => {
  expect(await lookAtStores(world, depth)()).toEqual([
    { name: 'catalogue', ok: true, needed: true },
    { name: 'originals', ok: true, needed: true },
    { name: 'queue', ok: true, needed: false, detail: 'about 3 waiting' },
  ]);
});

test('a queue that does not answer degrades the service, and tickets are given', async () => {
  const broken = () => Promise.reject(new Error('no connection'));
  const checks = await lookAtStores(world, broken)();
  expect(checks.filter(({ ok }) => !ok)).toEqual([
    { name: 'queue', ok: false, needed: false, detail: 'does not answer' },
  ]);
  expect(healthStatus(checks)).toBe('degraded');
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
  const look = lookAtStores({ ...world, catalogue }, depth);
  const isOk = async () => (await look()).map(({ ok }) => ok);
  expect(await isOk()).toEqual([false, true, true]);
  isDown = false;
  world.pass(4999);
  expect([await isOk(), asked]).toEqual([[false, true, true], 1]);
  world.pass(1);
  expect([await isOk(), asked]).toEqual([[true, true, true], 2]);
});
