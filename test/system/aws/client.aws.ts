import { afterAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { darkroom } from '../../../lib/client/darkroom.ts';
import { deployed } from './deploy.ts';
import { keys } from './emulated.ts';

const { api } = deployed();
const client = darkroom({ url: api, key: keys.test });

const picture = async (background: string) =>
  new Blob([
    new Uint8Array(
      await sharp({ create: { width: 400, height: 300, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  ]);

describe('The client, against the deployed stack', () => {
  const ids: string[] = [];
  afterAll(async () => {
    for (const id of ids) await client.removeImage(id);
  });

  test('uploads a file, waits until it is ready, and makes the next version of it', async () => {
    const first = await client.upload(await picture('#135'), { contentType: 'image/png', filename: 'a.png' });
    ids.push(first.id);
    expect(first).toMatchObject({ status: 'ready', filename: 'a.png', ready: { version: 1, width: 400, height: 300 } });
    const second = await client.upload(await picture('#531'), { contentType: 'image/png', id: first.id });
    expect(second).toMatchObject({ id: first.id, ready: { version: 2 } });
  });

  test('tells why a file was refused, by its code', async () => {
    const text = new Blob(['this is no picture, but it is long enough to be sent as one']);
    await expect(client.upload(text, { contentType: 'image/png' })).rejects.toMatchObject({ code: 'not-an-image' });
  });

  test('tells that its key is not known', async () => {
    const stranger = darkroom({ url: api, key: 'another' });
    await expect(stranger.listImages()).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('tells the same when it has no key, though the gateway has another body for that', async () => {
    await expect(darkroom({ url: api }).listImages()).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
