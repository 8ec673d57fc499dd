import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ImageAnswer, Problem } from '../../lib/contract/answers.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { askForTicket, imageOnce, isDone, put, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let service: Service;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let photo: Uint8Array<ArrayBuffer>;
let other: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(folder.path);
  photo = await bytesOf(noise(400, 300).jpeg());
  other = await bytesOf(noise(300, 400).jpeg());
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const image = async (id: string): Promise<ImageAnswer> => (await service.call('GET', `/v1/images/${id}`)).body;
const ready = (id: string, version = 1) => imageOnce(service, id, (now) => now.ready?.version === version);
const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
const nextTicket = (id: string, bytes: Uint8Array, more: object = {}) =>
  service.call('POST', `/v1/images/${id}/versions`, { contentType: 'image/jpeg', bytes: bytes.length, ...more });
const filesOf = async (id: string): Promise<readonly string[]> => {
  const below = (store: string) =>
    readdir(join(folder.path, store, id), { recursive: true, withFileTypes: true }).catch(() => []);
  const entries = [...(await below('public/images')), ...(await below('private/originals'))];
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};

describe('an image', () => {
  test('lives: upload, second version, reprocess, download, deletion, and nothing that comes late brings it back', async () => {
    const { id } = await upload(service, photo, { filename: 'Möwe "1".jpg', collection: 'birds' });
    const first = await ready(id);
    const firstUrl = first.ready?.variants[0]?.url ?? '';

    const { status, body: second } = await nextTicket(id, other, { filename: 'second.jpg' });
    expect([status, second]).toMatchObject([201, { id, version: 2, status: 'pending' }]);
    expect(await image(id)).toMatchObject({ version: 2, status: 'pending', ready: { version: 1 } });
    expect(await statusOf(firstUrl)).toBe(200);
    await put(second, other);
    const shown = await ready(id, 2);
    expect(shown).toMatchObject({
      version: 2,
      filename: 'second.jpg',
      collection: 'birds',
      ready: { width: 300, height: 400 },
    });
    expect(await statusOf(firstUrl)).toBe(200);

    const again = await service.call('POST', `/v1/images/${id}/reprocess`, { preset: 'gallery' });
    expect(again).toMatchObject({ status: 202, body: { id, version: 3, links: { self: `/v1/images/${id}` } } });
    const third = await ready(id, 3);
    expect(third.ready?.variants.map((one) => `${one.name}.${one.format} ${one.width}×${one.height}`)).toEqual([
      'thumbnail.webp 225×300',
      'preview.webp 300×400',
      'web.webp 300×400',
    ]);
    expect(third.original).toEqual(shown.original);

    const askedAt = Date.now();
    const download = await service.call('GET', `/v1/images/${id}/original`);
    const { url, expiresAt } = download.body as { url: string; expiresAt: string };
    expect(Date.parse(expiresAt) - 3600_000).toBeGreaterThanOrEqual(askedAt);
    expect(Date.parse(expiresAt) - 3600_000).toBeLessThanOrEqual(Date.now());
    const original = await fetch(url);
    expect(original.headers.get('content-disposition')).toBe(
      `attachment; filename="second.jpg"; filename*=UTF-8''second.jpg`,
    );
    expect(new Uint8Array(await original.arrayBuffer())).toEqual(other);

    const late = await nextTicket(id, photo);
    const stored = await filesOf(id);
    const receipt = await service.call('DELETE', `/v1/images/${id}`);
    expect(receipt).toMatchObject({ status: 200, body: { id, objects: stored.length, purged: 'done' } });
    expect((receipt.body as { keys: string[] }).keys).toHaveLength(stored.length);
    expect(await filesOf(id)).toEqual([]);
    expect(await statusOf(firstUrl)).toBe(404);
    expect(await statusOf(url)).toBe(404);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/original'],
      ['POST', '/reprocess'],
    ])
      expect((await service.call(method ?? '', `/v1/images/${id}${path}`)).status).toBe(404);
    expect((await nextTicket(id, photo)).status).toBe(404);
    expect((await service.call('GET', '/v1/images?collection=birds')).body).toEqual({ items: [], nextCursor: null });

    // Its ticket is still good at the store; the event that it causes meets a tombstone.
    await put(late.body, photo);
    const after = await upload(service, photo);
    await ready(after.id);
    expect((await service.call('GET', `/v1/images/${id}`)).status).toBe(404);
    expect((await filesOf(id)).filter((name) => name !== 'v4')).toEqual([]);
  });

  test('keeps showing its version when the next one fails', async () => {
    const { id } = await upload(service, photo);
    const first = await ready(id);
    const text = new TextEncoder().encode('no picture');
    const { body } = await nextTicket(id, text);
    await put(body, text);
    const failed = await imageOnce(service, id, (now) => now.version === 2 && isDone(now));
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'not-an-image' }, ready: { version: 1 } });
    expect(failed.ready).toEqual(first.ready);
  });

  test('goes back to its last good original when it is reprocessed after a failed version', async () => {
    const { id } = await upload(service, photo);
    await ready(id);
    await nextTicket(id, other);
    const { body } = await service.call('POST', `/v1/images/${id}/reprocess`);
    expect(body).toMatchObject({ version: 3 });
    expect(await ready(id, 3)).toMatchObject({ original: { width: 400, height: 300 } });
  });

  test('cannot be reprocessed or downloaded before anything was uploaded', async () => {
    const { id } = await askForTicket(service, photo);
    const reprocess = await service.call('POST', `/v1/images/${id}/reprocess`, {});
    expect([reprocess.status, (reprocess.body as Problem).code]).toEqual([409, 'conflict']);
    const download = await service.call('GET', `/v1/images/${id}/original`);
    expect([download.status, (download.body as Problem).code]).toEqual([404, 'not-found']);
  });

  test('is refused a preset that does not exist', async () => {
    const { id } = await upload(service, photo);
    await ready(id);
    const { status, body } = await service.call('POST', `/v1/images/${id}/reprocess`, { preset: 'huge' });
    expect([status, (body as Problem).code]).toEqual([400, 'invalid-request']);
  });
});

describe('an Idempotency-Key', () => {
  const post = async (path: string, key: string, body: object) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const answer = await fetch(service.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as { id: string; version?: number; code?: string } };
  };
  const order = { contentType: 'image/jpeg', bytes: 1000, filename: 'x.jpg' };

  test('makes a repeat answer with the image of the first request', async () => {
    const first = await post('/v1/images', 'key-1', order);
    const reordered = { filename: 'x.jpg', bytes: 1000, contentType: 'image/jpeg' };
    const repeat = await post('/v1/images', 'key-1', reordered);
    expect([first.status, repeat.status]).toEqual([201, 201]);
    expect(repeat.body).toEqual(first.body);
    expect((await post('/v1/images', 'key-2', order)).body.id).not.toBe(first.body.id);
  });

  test('gives one image to many requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('/v1/images', 'key-3', order)));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  });

  test('is refused with another request', async () => {
    await post('/v1/images', 'key-4', order);
    expect(await post('/v1/images', 'key-4', { ...order, bytes: 2 })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
  });

  test('works for versions, reprocesses and jobs too', async () => {
    const { id } = await upload(service, photo);
    await ready(id);
    const twice = async (path: string, key: string, body: object) =>
      (await Promise.all([post(path, key, body), post(path, key, body)])).map((answer) => answer.body);
    const [version, sameVersion] = await twice(`/v1/images/${id}/versions`, 'key-5', order);
    expect(sameVersion).toEqual(version);
    const [reprocess, sameReprocess] = await twice(`/v1/images/${id}/reprocess`, 'key-6', {});
    expect(sameReprocess).toEqual(reprocess);
    expect([version?.version, reprocess?.version]).toEqual([2, 3]);
    const [job, sameJob] = await twice('/v1/jobs', 'key-7', { action: 'reprocess', ids: [id], dryRun: true });
    expect(sameJob?.id).toBe(job?.id);
  });

  test.each(['', 'x'.repeat(256)])('is refused when it is not 1 to 255 characters long', async (key) => {
    expect(await post('/v1/images', key, order)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });
});
