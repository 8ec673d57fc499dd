import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { requestVersion } from '../../lib/pipeline/request-version.ts';
import type { TicketOffice } from '../../lib/ports.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const tickets: TicketOffice = {
  upload: async (key) => ({ url: `https://store.example/${key}`, headers: {} }),
  download: async (key) => `https://store.example/${key}`,
};
const request = { contentType: 'image/jpeg', bytes: 1000 };

describe('a next version of an image that is deleted', () => {
  const remove = (id: string) => world.catalogue.remove(id, world.clock.now());
  const claim = () => ({ key: 'k', fingerprint: 'k', expiresAt: world.clock.now() + 1000 });

  test('is not found, with and without an Idempotency-Key, like the image', async () => {
    const id = await world.file();
    await remove(id);
    for (const key of [undefined, claim()])
      await expect(requestVersion({ ...world, tickets }, id, request, key)).rejects.toMatchObject({
        code: 'not-found',
      });
  });

  test('is a conflict for a repeat whose image is deleted in between', async () => {
    const id = await world.file();
    await requestVersion({ ...world, tickets }, id, request, claim());
    const addVersion: TestWorld['catalogue']['addVersion'] = async (next) => {
      const added = await world.catalogue.addVersion(next);
      await remove(id);
      return added;
    };
    const beside = { ...world, tickets, catalogue: { ...world.catalogue, addVersion } };
    await expect(requestVersion(beside, id, request, claim())).rejects.toMatchObject({ code: 'conflict' });
  });

  test('has a ticket without another look at the catalogue', async () => {
    const id = await world.file();
    const version = () => Promise.reject(new Error('looked at the catalogue again'));
    const { upload } = await requestVersion(
      { ...world, tickets, catalogue: { ...world.catalogue, version } },
      id,
      request,
    );
    expect(upload.url).toContain(`${id}/v2`);
  });
});
