import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { originalKey } from '../../../lib/core/object-keys.ts';
import { showNewestUpload } from '../../../lib/pipeline/parts/show-newest-upload.ts';
import { renderImage } from '../../../lib/pipeline/render-image.ts';
import { reprocessImage } from '../../../lib/pipeline/reprocess-image.ts';
import { requestVersion } from '../../../lib/pipeline/request-version.ts';
import { sweep } from '../../../lib/pipeline/sweep.ts';
import { bytesOf, noise } from '../../support/pictures.ts';
import { openWorld, type TestWorld } from '../../support/world.ts';

let world: TestWorld;
let photo: Uint8Array;
let other: Uint8Array;
let id: string;
beforeAll(async () => {
  photo = await bytesOf(noise(110, 110).jpeg());
  other = await bytesOf(noise(130, 130).jpeg());
});
/** An image that is shown as version 1, has a ticket for version 2, and was asked to be made again as version 3. */
beforeEach(async () => {
  world = await openWorld();
  id = await world.arrive(photo);
  await render(1);
  await ticket();
  await reprocessImage(world, id, {});
  await world.originals.put(originalKey({ id, version: 2 }), other);
});
afterEach(() => world.close());

const render = (version: number) => renderImage(world, { id, version });
const ticket = () => requestVersion(world, id, { contentType: 'image/jpeg', bytes: other.length });
const shown = async () => {
  const image = await world.catalogue.find(id);
  return { newest: image?.newest.version, visible: image?.visible?.version, upload: image?.visible?.source };
};
const settle = async () => {
  await sweep(world, 0);
  await world.drain();
};

describe('people see the newest upload in the end', () => {
  test('when a version of an older one became ready before it', async () => {
    await render(3);
    await render(2);
    expect(await world.catalogue.version(id, 4)).toMatchObject({ status: 'pending', source: 2, expiresAt: null });
    await settle();
    expect(await shown()).toEqual({ newest: 4, visible: 4, upload: 2 });
  });

  test('at once, and not only when a sweep comes', async () => {
    await render(3);
    await render(2);
    await world.drain();
    expect(await shown()).toEqual({ newest: 4, visible: 4, upload: 2 });
  });

  test('when a version of an older one became ready after it', async () => {
    await render(2);
    expect(await shown()).toEqual({ newest: 3, visible: 2, upload: 2 });
    await render(3);
    await settle();
    expect(await shown()).toEqual({ newest: 4, visible: 4, upload: 2 });
  });

  test('when the one after it is awaited, and never arrives', async () => {
    await render(3);
    await ticket();
    await render(2);
    await settle();
    expect(await shown()).toEqual({ newest: 5, visible: 5, upload: 2 });
  });

  test('when a ticket is given at the same moment', async () => {
    await render(3);
    let calls = 0;
    const find: TestWorld['catalogue']['find'] = async (one) => {
      const image = await world.catalogue.find(one);
      // The first look is for files to copy.
      if (++calls === 2) await ticket();
      return image;
    };
    await renderImage({ ...world, catalogue: { ...world.catalogue, find } }, { id, version: 2 });
    expect(await world.catalogue.version(id, 5)).toMatchObject({ status: 'pending', source: 2 });
  });

  test('when the process is killed right after the upload is ready: the task that comes again does the rest', async () => {
    await render(3);
    const trouble = new Error('killed');
    const addVersion = () => Promise.reject(trouble);
    const dying = { ...world, catalogue: { ...world.catalogue, addVersion } };
    await expect(renderImage(dying, { id, version: 2 })).rejects.toBe(trouble);
    expect(await render(2)).toEqual({ end: 'ignored', why: 'done-before' });
    await settle();
    expect(await shown()).toEqual({ newest: 4, visible: 4, upload: 2 });
  });
});

describe('no version is added', () => {
  test('a second time while the first one is under way', async () => {
    await render(3);
    await render(2);
    for (let time = 1; time <= 2; time++) await showNewestUpload(world, { id, version: 2 });
    expect(await shown()).toMatchObject({ newest: 4 });
  });

  test('for an upload that failed', async () => {
    await render(3);
    await world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(other.length));
    expect(await render(2)).toMatchObject({ end: 'failed' });
    expect(await render(2)).toEqual({ end: 'ignored', why: 'done-before' });
    expect(await shown()).toEqual({ newest: 3, visible: 3, upload: 1 });
  });

  test('for an older upload that becomes ready late', async () => {
    await ticket();
    await world.originals.put(originalKey({ id, version: 4 }), other);
    for (const version of [4, 3, 2]) expect(await render(version)).toMatchObject({ end: 'ready' });
    expect(await shown()).toEqual({ newest: 4, visible: 4, upload: 4 });
  });

  test('to an image that is deleted meanwhile', async () => {
    await render(3);
    await render(2);
    await world.catalogue.remove(id, world.clock.now());
    await showNewestUpload(world, { id, version: 2 });
    expect(await world.catalogue.find(id)).toBeUndefined();
  });
});
