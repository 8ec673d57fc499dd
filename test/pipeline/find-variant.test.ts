import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findVariant } from '../../lib/pipeline/find-variant.ts';
import { renderImage } from '../../lib/pipeline/render-image.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let id: string;
/** The preset of these tests makes a JPEG and a WebP of each size. */
beforeAll(async () => {
  world = await openWorld();
  id = await world.arrive(await bytesOf(noise(120, 120).jpeg()));
  await renderImage(world, { id, version: 1 });
});
afterAll(() => world.close());

describe('the variant for a viewer', () => {
  test.each([
    ['image/avif,image/webp,*/*', 'webp'],
    ['image/webp;q=0,image/*', 'jpeg'],
    ['*/*', 'jpeg'],
    ['', 'jpeg'],
  ])('that accepts "%s" is a %s', async (accept, format) => {
    const small = { id, version: 1, name: 'small' };
    expect(await findVariant(world.catalogue, small, accept)).toEqual({ ...small, format });
  });

  const refusal = { code: 'not-found', message: 'There is no such picture (yet).' };

  test.each([
    ['a name that the preset does not have', () => ({ id, version: 1, name: '640w' })],
    ['a version that does not exist', () => ({ id, version: 2, name: 'small' })],
    ['an image that does not exist', () => ({ id: 'z'.repeat(26), version: 1, name: 'small' })],
  ])('is refused for %s', async (_, wanted) => {
    await expect(findVariant(world.catalogue, wanted(), '*/*')).rejects.toMatchObject(refusal);
  });

  test('is refused while the version is not ready', async () => {
    const waiting = { id: await world.file(), version: 1, name: 'small' };
    await expect(findVariant(world.catalogue, waiting, '*/*')).rejects.toMatchObject(refusal);
  });
});
