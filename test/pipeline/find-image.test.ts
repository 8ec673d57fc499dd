import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findImage } from '../../lib/pipeline/find-image.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test('an image is found with its newest version', async () => {
  const id = await world.file('a', { collection: 'birds' });
  expect(await findImage(world.catalogue, id)).toMatchObject({
    ...{ id, collection: 'birds', visible: null },
    newest: { version: 1, status: 'pending' },
  });
});

test('an image that was never there, and one that is deleted, are refused with the same words', async () => {
  const id = await world.file();
  await world.catalogue.remove(id, world.clock.now());
  const refusal = { code: 'not-found', message: 'There is no image with this id.' };
  await expect(findImage(world.catalogue, id)).rejects.toMatchObject(refusal);
  await expect(findImage(world.catalogue, 'z'.repeat(26))).rejects.toMatchObject(refusal);
});
