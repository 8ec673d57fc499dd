import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { requestVersion } from '../../lib/pipeline/request-version.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const request = { contentType: 'image/jpeg', bytes: 1000 };

describe('a request for a next version', () => {
  test('adds it with a ticket of its own, and leaves the version before as it is', async () => {
    const id = await world.file();
    const { version, upload, expiresAt } = await requestVersion(world, id, request);
    expect(version).toMatchObject({ id, version: 2, source: 2, status: 'pending', preset: 'web' });
    expect(upload.url).toContain(`/originals/${id}/v2?`);
    expect(expiresAt).toBe(world.clock.now() + world.config.ticketSeconds * 1000);
    expect(await world.catalogue.version(id, 1)).toMatchObject({ status: 'pending', source: 1 });
  });

  test('changes the collection and the name of the image only where it names them', async () => {
    const id = await world.file('a', { collection: 'birds' });
    await requestVersion(world, id, { ...request, filename: 'swan.jpg' });
    expect(await world.catalogue.find(id)).toMatchObject({ collection: 'birds', filename: 'swan.jpg' });
    await requestVersion(world, id, { ...request, collection: 'fish' });
    expect(await world.catalogue.find(id)).toMatchObject({ collection: 'fish', filename: 'swan.jpg' });
  });

  test.each([
    ['another type', { contentType: 'image/tiff' }, 'unsupported-type'],
    ['too many bytes', { bytes: 11 * 1024 ** 2 }, 'too-large'],
    ['a preset that is not configured', { preset: 'none' }, 'invalid-request'],
  ])('is refused for %s, and adds none', async (_, wrong, code) => {
    const id = await world.file();
    await expect(requestVersion(world, id, { ...request, ...wrong })).rejects.toMatchObject({ code });
    expect(await world.catalogue.version(id, 2)).toBeUndefined();
  });

  test('makes one version under one Idempotency-Key, and refuses the key for another request', async () => {
    const id = await world.file();
    const claim = { key: 'k', fingerprint: 'one', expiresAt: world.clock.now() + 1000 };
    const first = await requestVersion(world, id, request, claim);
    expect((await requestVersion(world, id, request, claim)).version).toEqual(first.version);
    const other = requestVersion(world, id, request, { ...claim, fingerprint: 'other' });
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
    expect(await world.catalogue.version(id, 3)).toBeUndefined();
  });
});

describe('a next version of an image that is deleted', () => {
  const remove = (id: string) => world.catalogue.remove(id, world.clock.now());
  const claim = () => ({ key: 'k', fingerprint: 'k', expiresAt: world.clock.now() + 1000 });

  test('is not found, with and without an Idempotency-Key, like the image', async () => {
    const id = await world.file();
    await remove(id);
    for (const key of [undefined, claim()])
      await expect(requestVersion(world, id, request, key)).rejects.toMatchObject({
        code: 'not-found',
      });
  });

  test('is a conflict for a repeat whose image is deleted in between', async () => {
    const id = await world.file();
    await requestVersion(world, id, request, claim());
    const addVersion: TestWorld['catalogue']['addVersion'] = async (next) => {
      const added = await world.catalogue.addVersion(next);
      await remove(id);
      return added;
    };
    const beside = { ...world, catalogue: { ...world.catalogue, addVersion } };
    await expect(requestVersion(beside, id, request, claim())).rejects.toMatchObject({ code: 'conflict' });
  });

  test('has a ticket without another look at the catalogue', async () => {
    const id = await world.file();
    const version = () => Promise.reject(new Error('looked at the catalogue again'));
    const { upload } = await requestVersion({ ...world, catalogue: { ...world.catalogue, version } }, id, request);
    expect(upload.url).toContain(`${id}/v2`);
  });
});
