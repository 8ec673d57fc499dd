import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { requestUpload } from '../../lib/pipeline/request-upload.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const request = { contentType: 'image/jpeg', bytes: 1000 };
const claim = (more: object = {}) => ({
  ...{ key: 'k', fingerprint: 'one', expiresAt: world.clock.now() + 3_600_000 },
  ...more,
});
const images = async () => (await world.catalogue.list({ limit: 100 })).items;

describe('a request for an upload', () => {
  test('adds a pending image and signs exactly what was declared', async () => {
    const sha256 = `${'A'.repeat(43)}=`;
    const declared = { ...request, sha256, filename: 'swan.jpg', collection: 'birds', preset: 'gallery' };
    const { version, upload, expiresAt } = await requestUpload(world, declared);
    expect(version).toMatchObject({ version: 1, source: 1, status: 'pending', preset: 'gallery', expiresAt });
    expect(version.original).toEqual({ contentType: 'image/jpeg', bytes: 1000, sha256, width: null, height: null });
    expect(expiresAt).toBe(world.clock.now() + world.config.ticketSeconds * 1000);
    const terms = { contentType: 'image/jpeg', bytes: 1000, sha256 } as const;
    expect(upload).toEqual(await world.tickets.upload(`originals/${version.id}/v1`, terms, expiresAt));
    expect(await images()).toMatchObject([{ id: version.id, filename: 'swan.jpg', collection: 'birds' }]);
  });

  test('keeps the settings of the preset with the version, so that a later deploy does not change them', async () => {
    const { version } = await requestUpload(world, { ...request, preset: 'gallery' });
    const { presets, keepCopyright } = world.config;
    expect(version.settings).toEqual({ preset: presets.gallery, keepCopyright });
  });

  test('takes the default preset where it names none, and makes a new image each time', async () => {
    const [one, two] = [await requestUpload(world, request), await requestUpload(world, request)];
    expect([one.version.preset, two.version.preset]).toEqual(['web', 'web']);
    expect(new Set((await images()).map(({ id }) => id))).toEqual(new Set([one.version.id, two.version.id]));
  });

  test.each([
    ['a type that is not accepted', { contentType: 'image/tiff' }, 'unsupported-type', 'contentType'],
    ['too many bytes', { bytes: 10 * 1024 ** 2 + 1 }, 'too-large', 'bytes'],
    ['a preset that is not configured', { preset: 'none' }, 'invalid-request', 'preset'],
    ['a preset named like a property of every object', { preset: 'constructor' }, 'invalid-request', 'preset'],
  ])('is refused for %s, names the field, and adds nothing', async (_, wrong, code, path) => {
    const refused = requestUpload(world, { ...request, ...wrong });
    await expect(refused).rejects.toMatchObject({ code, fields: [{ path }] });
    expect(await images()).toEqual([]);
  });
});

describe('a repeat under the same Idempotency-Key', () => {
  test('gets a ticket for the image of the first request', async () => {
    const first = await requestUpload(world, request, claim());
    world.pass(1000);
    expect(await requestUpload(world, request, claim())).toEqual(first);
    expect(await images()).toHaveLength(1);
  });

  test('is refused when it is another request', async () => {
    await requestUpload(world, request, claim());
    const other = requestUpload(world, { ...request, bytes: 2000 }, claim({ fingerprint: 'other' }));
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
    expect(await images()).toHaveLength(1);
  });

  test('is refused when its image was deleted, and makes no second one', async () => {
    const { version } = await requestUpload(world, request, claim());
    await world.catalogue.remove(version.id, world.clock.now());
    await expect(requestUpload(world, request, claim())).rejects.toMatchObject({ code: 'conflict' });
    expect(await images()).toEqual([]);
  });

  test('makes a new image once the key has expired', async () => {
    const first = await requestUpload(world, request, claim());
    world.pass(3_600_001);
    const second = await requestUpload(world, request, claim());
    expect(second.version.id).not.toBe(first.version.id);
  });
});
