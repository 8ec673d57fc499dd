import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { originalKey } from '../../lib/core/object-keys.ts';
import { downloadOriginal } from '../../lib/pipeline/download-original.ts';
import { renderImage } from '../../lib/pipeline/render-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import { requestVersion } from '../../lib/pipeline/request-version.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let id: string;
/** An image whose bytes are no picture: its version failed, and its original is there. */
beforeEach(async () => {
  world = await openWorld();
  id = await world.arrive(new Uint8Array(5));
  await renderImage(world, { id, version: 1 });
});
afterEach(() => world.close());

const signed = (version: number, filename: string, expiresAt: number) =>
  world.tickets.download(`originals/${id}/v${version}`, filename, expiresAt);

describe('a download of an original', () => {
  test('is signed for as long as the configuration says', async () => {
    const { url, expiresAt } = await downloadOriginal(world, id);
    expect(expiresAt).toBe(world.clock.now() + world.config.downloadSeconds * 1000);
    expect(url).toBe(await signed(1, `${id}.jpeg`, expiresAt));
  });

  test('has the name that the file was uploaded under', async () => {
    await requestVersion(world, id, { contentType: 'image/png', bytes: 9, filename: 'swan.png' });
    const { url, expiresAt } = await downloadOriginal(world, id);
    expect(url).toBe(await signed(1, 'swan.png', expiresAt));
  });

  test('is of the newest original that has arrived, not of one that is still awaited', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    const { url, expiresAt, ...what } = await downloadOriginal(world, id);
    expect(what).toEqual({ version: 1, bytes: 5, sha256: null });
    expect(url).toBe(await signed(1, `${id}.jpeg`, expiresAt));
  });

  test('of a version that was made again is the original which that was made from', async () => {
    await reprocessImage(world, id, {});
    const { url, expiresAt, version } = await downloadOriginal(world, id);
    expect(version).toBe(1);
    expect(url).toBe(await signed(1, `${id}.jpeg`, expiresAt));
  });

  test('is of the newest original that is there, when that of a later failure has been removed', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    await world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(9));
    await renderImage(world, { id, version: 2 });
    expect(await world.catalogue.version(id, 2)).toMatchObject({ status: 'failed' });
    expect(await downloadOriginal(world, id)).toMatchObject({ version: 2 });
    await world.originals.remove([originalKey({ id, version: 2 })]);
    const { url, expiresAt, version } = await downloadOriginal(world, id);
    expect(version).toBe(1);
    expect(url).toBe(await signed(1, `${id}.jpeg`, expiresAt));
  });

  test('is refused when every original has been removed', async () => {
    await world.originals.remove([originalKey({ id, version: 1 })]);
    await expect(downloadOriginal(world, id)).rejects.toMatchObject({
      code: 'not-found',
      message: 'The original of this failed version has been removed. Upload the file again.',
    });
  });

  test('is refused while nothing has arrived', async () => {
    const refused = downloadOriginal(world, await world.file());
    await expect(refused).rejects.toMatchObject({
      code: 'not-found',
      message: 'Nothing has been uploaded for this image yet.',
    });
  });

  test('is refused for an image that is deleted or was never there', async () => {
    await world.catalogue.remove(id, world.clock.now());
    await expect(downloadOriginal(world, id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(downloadOriginal(world, 'z'.repeat(26))).rejects.toMatchObject({ code: 'not-found' });
  });
});
