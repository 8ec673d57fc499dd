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

const claim = (fingerprint = 'one') => ({ key: 'k', fingerprint, expiresAt: world.clock.now() + 1000 });

describe('a reprocess', () => {
  test('adds the next version, made from the stored original, and sends it to the renderers', async () => {
    expect(await reprocessImage(world, id, {})).toEqual({ id, version: 2 });
    const version = await world.catalogue.version(id, 2);
    expect(version).toMatchObject({ status: 'pending', source: 1, preset: 'thumbnails', expiresAt: null });
    expect(version?.original).toEqual((await world.catalogue.version(id, 1))?.original);
    expect((await world.queue.receive(1000))?.task).toEqual({ render: { id, version: 2 } });
  });

  test('of a version that was itself made again goes back to the same original', async () => {
    await reprocessImage(world, id, {});
    await reprocessImage(world, id, {});
    expect(await world.catalogue.version(id, 3)).toMatchObject({ source: 1 });
  });

  test('takes the settings that its preset has now', async () => {
    await reprocessImage(world, id, { preset: 'gallery' });
    const { presets, keepCopyright } = world.config;
    const version = await world.catalogue.version(id, 2);
    expect(version).toMatchObject({ preset: 'gallery', settings: { preset: presets.gallery, keepCopyright } });
  });

  test('falls back to the default preset when that of the image is not configured any more', async () => {
    const { thumbnails, ...presets } = world.config.presets;
    await reprocessImage({ ...world, config: { ...world.config, presets } }, id, {});
    expect(await world.catalogue.version(id, 2)).toMatchObject({ preset: 'web' });
  });

  test('under one Idempotency-Key makes one version, and sends its task again', async () => {
    const sent: unknown[] = [];
    const queue = { ...world.queue, send: async (task: unknown) => void sent.push(task) };
    for (let time = 1; time <= 2; time++)
      expect(await reprocessImage({ ...world, queue }, id, {}, claim())).toEqual({ id, version: 2 });
    expect(await world.catalogue.version(id, 3)).toBeUndefined();
    expect(sent).toEqual([{ render: { id, version: 2 } }, { render: { id, version: 2 } }]);
  });

  test('is made from the newest original that is there, when that of a later failure has been removed', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    await world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(9));
    await renderImage(world, { id, version: 2 });
    expect(await world.catalogue.version(id, 2)).toMatchObject({ status: 'failed' });
    await world.originals.remove([originalKey({ id, version: 2 })]);
    expect(await reprocessImage(world, id, {})).toEqual({ id, version: 3 });
    expect(await world.catalogue.version(id, 3)).toMatchObject({ source: 1, original: { bytes: 5 } });
  });

  test('is made from an upload that has arrived and waits for a renderer', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    await world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(9));
    expect(await downloadOriginal(world, id)).toMatchObject({ version: 2, bytes: 9 });
    await reprocessImage(world, id, {});
    expect(await world.catalogue.version(id, 3)).toMatchObject({ source: 2, original: { bytes: 9 } });
  });

  test('is made from the original before while the file of a ticket has not arrived', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    expect(await downloadOriginal(world, id)).toMatchObject({ version: 1 });
    await reprocessImage(world, id, {});
    expect(await world.catalogue.version(id, 3)).toMatchObject({ source: 1 });
  });

  /** Version 2 has a ticket; version 3, and more if wanted, are made from the original before; then the file of version 2 arrives. */
  const overtaken = async (times = 1) => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    for (let time = 1; time <= times; time++) await reprocessImage(world, id, {});
    await world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(9));
  };

  test.each([1, 2])(
    'is made from an upload that has arrived since, after %d others from the one before',
    async (times) => {
      await overtaken(times);
      expect(await downloadOriginal(world, id)).toMatchObject({ version: 2, bytes: 9 });
      const { version } = await reprocessImage(world, id, {});
      expect(await world.catalogue.version(id, version)).toMatchObject({ source: 2, original: { bytes: 9 } });
    },
  );

  test('is not made from an upload that has failed since, nor from one that has ended without a file', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    await overtaken();
    await renderImage(world, { id, version: 2 });
    expect(await world.catalogue.version(id, 2)).toMatchObject({ status: 'failed' });
    await reprocessImage(world, id, {});
    expect(await world.catalogue.version(id, 5)).toMatchObject({ source: 1 });
    expect(await downloadOriginal(world, id)).toMatchObject({ version: 1 });
  });

  test('asks about no version from before one that was asked for more than a day ago', async () => {
    for (let time = 1; time <= 3; time++) await reprocessImage(world, id, {});
    world.pass(25 * 60 * 60_000);
    await reprocessImage(world, id, {});
    await reprocessImage(world, id, {});
    const asked: number[] = [];
    const version: TestWorld['catalogue']['version'] = async (one, number) => {
      asked.push(number);
      return world.catalogue.version(one, number);
    };
    await reprocessImage({ ...world, catalogue: { ...world.catalogue, version } }, id, {});
    expect(asked).toEqual([5, 4]);
  });

  test('of the same version by two callers is made for one of them', async () => {
    const ask = () => reprocessImage(world, id, { after: 1 }).catch(({ code }) => code);
    expect(new Set(await Promise.all([ask(), ask()]))).toEqual(new Set(['conflict', { id, version: 2 }]));
    expect(await world.catalogue.version(id, 3)).toBeUndefined();
  });
});

describe('a reprocess is refused, and adds and sends nothing,', () => {
  const refused = async (code: string, message: RegExp, ...args: Parameters<typeof reprocessImage>) => {
    const { code: given, message: said } = await reprocessImage(...args).then(
      () => ({ code: 'done', message: '' }),
      (error) => error,
    );
    expect([given, said]).toEqual([code, expect.stringMatching(message)]);
    expect(await world.catalogue.version(id, 2)).toBeUndefined();
    expect(world.queue.depth()).toBe(0);
  };

  test('for a preset that is not configured', () =>
    refused('invalid-request', /no preset of this name/, world, id, { preset: 'none' }));

  test('while nothing has been uploaded', async () => {
    id = await world.file();
    await refused('conflict', /Nothing has been uploaded/, world, id, {});
  });

  test('when the original of a failed version has been removed', async () => {
    await world.originals.remove([originalKey({ id, version: 1 })]);
    await refused('conflict', /original of this failed version has been removed\. Upload/, world, id, {});
  });

  test('when the original of every failed version has been removed', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    await world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(9));
    await renderImage(world, { id, version: 2 });
    await world.originals.remove([1, 2].map((version) => originalKey({ id, version })));
    await expect(reprocessImage(world, id, {})).rejects.toMatchObject({ code: 'conflict' });
    await expect(downloadOriginal(world, id)).rejects.toMatchObject({ code: 'not-found' });
    expect(await world.catalogue.version(id, 3)).toBeUndefined();
  });

  test('for an image that is deleted, and one that was never there', async () => {
    await world.catalogue.remove(id, world.clock.now());
    await refused('not-found', /no image with this id/, world, id, {});
    await refused('not-found', /no image with this id/, world, 'z'.repeat(26), {});
  });

  test('for another request under the same Idempotency-Key', async () => {
    const other = await world.arrive(new Uint8Array(5));
    await renderImage(world, { id: other, version: 1 });
    await reprocessImage(world, other, {}, claim());
    const received = await world.queue.receive(1000);
    await world.queue.remove(received?.handle ?? '');
    await refused('conflict', /was used for a different request/, world, other, {}, claim('other'));
  });
});
