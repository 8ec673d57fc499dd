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

describe('a next version of an image that is deleted while it is asked for', () => {
  const askBesideDeletion = async (key?: string) => {
    const id = await world.file();
    const addVersion: TestWorld['catalogue']['addVersion'] = async (...order) => {
      const added = await world.catalogue.addVersion(...order);
      await world.catalogue.remove(id, world.clock.now());
      return added;
    };
    const beside = { ...world, tickets, catalogue: { ...world.catalogue, addVersion } };
    const claim = key === undefined ? undefined : { key, fingerprint: key, expiresAt: world.clock.now() + 1000 };
    return requestVersion(beside, id, request, claim);
  };

  test('is not found, like the image', async () => {
    await expect(askBesideDeletion()).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is a conflict for whoever may be repeating a request', async () => {
    await expect(askBesideDeletion('k')).rejects.toMatchObject({ code: 'conflict' });
  });
});
