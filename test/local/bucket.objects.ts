import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bucketStores } from '../../lib/adapters/aws/bucket-stores.ts';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { originalKey } from '../../lib/core/keys.ts';
import type { ServedStore } from '../../lib/ports.ts';
import { runCommand } from '../support/command.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import {
  askForTicket,
  imageOnce,
  isDone,
  put,
  type Service,
  startInVain,
  startService,
  upload,
} from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { type S3Server, startS3Server } from '../system/objects/s3-server.ts';

let server: S3Server;
let photo: Uint8Array<ArrayBuffer>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** Between the service and its store. */
let proxy: FlakyProxy;
let place: string;
let objects: ServedStore;
let environment: Record<string, string>;
const services: Service[] = [];

/** Posts what it gets to a service, as the store would by itself if it knew the address of one. */
const notified: string[] = [];
let notifyTo: string | undefined;
const notifications = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  notified.push(body);
  const answer = notifyTo === undefined ? undefined : await fetch(`${notifyTo}/arrivals`, { method: 'POST', body });
  response.writeHead(answer?.status ?? 200).end();
});

beforeAll(async () => {
  notifications.listen(0, '127.0.0.1');
  await once(notifications, 'listening');
  const { port } = notifications.address() as AddressInfo;
  server = await startS3Server({ webhook: `http://127.0.0.1:${port}/` });
  Object.assign(process.env, server.environment);
  photo = await bytesOf(noise(300, 200).jpeg());
});
afterAll(async () => {
  await server.stop();
  notifications.close();
});
beforeEach(async () => {
  folder = await temporaryFolder();
  proxy = await startFlakyProxy();
  proxy.target = server.url;
  place = `s3://${await server.newBucket()}/pictures`;
  ({ objects } = await bucketStores({ place, endpoint: server.url }, { now: Date.now }));
  environment = { ...server.environment, DARKROOM_OBJECTS: place, DARKROOM_OBJECTS_ENDPOINT: proxy.url };
});
afterEach(async () => {
  notifyTo = undefined;
  for (const service of services.splice(0)) await service.stop('SIGKILL');
  await proxy.close();
  await folder.remove();
});

const data = () => join(folder.path, 'data');
const start = async (more: Record<string, string> = environment): Promise<Service> => {
  const service = await startService(data(), { DARKROOM_WORKERS: '1', ...more });
  services.push(service);
  return service;
};
const keysBelow = async (prefix: string) => {
  const keys: string[] = [];
  for await (const { key } of objects.list(prefix)) keys.push(key);
  return keys;
};
const addReady = async (service: Service): Promise<ImageAnswer> => {
  const { id } = await upload(service, photo, { preset: 'thumbnails' });
  return imageOnce(service, id, isDone);
};

describe('a service whose objects are in a bucket', () => {
  test('lets clients PUT straight to the bucket, and keeps there what it makes', async () => {
    const service = await start();
    const ticket = await askForTicket(service, photo, { preset: 'thumbnails' });
    expect(new URL(ticket.upload.url).origin).toBe(proxy.url);
    expect((await put(ticket, photo)).status).toBe(200);
    expect((await put(ticket, photo)).status).toBe(412);
    const { id, status, ready } = await imageOnce(service, ticket.id, isDone);
    expect(status).toBe('ready');
    expect(await keysBelow('originals/')).toEqual([originalKey({ id, version: 1 })]);
    expect(await keysBelow('images/')).toHaveLength((ready?.variants.length ?? 0) + 1);

    const [variant] = ready?.variants ?? [];
    const answer = await fetch(variant?.url ?? '');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(bytes).toHaveLength(variant?.bytes ?? 0);
    const part = await fetch(variant?.url ?? '', { headers: { range: 'bytes=10-19' } });
    expect([part.status, new Uint8Array(await part.arrayBuffer())]).toEqual([206, bytes.slice(10, 20)]);
    expect((await fetch(`${service.url}/images/${id}/v1/none.webp`)).status).toBe(404);

    const { body } = await service.call('GET', `/v1/images/${id}/original`);
    const original = await fetch((body as { url: string }).url);
    expect(new Uint8Array(await original.arrayBuffer())).toEqual(photo);
    expect((await fetch(`${service.url}/${originalKey({ id, version: 1 })}`)).status).toBe(403);

    expect((await service.call('DELETE', `/v1/images/${id}`)).status).toBe(200);
    expect([...(await keysBelow('originals/')), ...(await keysBelow('images/'))]).toEqual([]);
  });

  test('finds after a restart what was PUT while it was killed', async () => {
    const service = await start();
    const ticket = await askForTicket(service, photo, { preset: 'thumbnails' });
    await service.stop('SIGKILL');
    expect((await put(ticket, photo)).status).toBe(200);
    expect(await imageOnce(await start(), ticket.id, isDone)).toMatchObject({ status: 'ready' });
  });

  test('takes the notifications of the store', async () => {
    const service = await start();
    notifyTo = service.url;
    const { id } = await addReady(service);
    if (server.kind === 'ministack') return;
    await until(() => notified.some((body) => body.includes(id)));
    const answer = await fetch(`${service.url}/arrivals`, { method: 'POST', body: notified.at(-1) ?? '' });
    expect(answer.status).toBe(204);
  });

  test('gives no tickets while the store is cut off, loses nothing, and continues by itself', async () => {
    const service = await start();
    const { id } = await upload(service, photo, { preset: 'thumbnails' });
    const { target } = proxy;
    proxy.target = 'http://127.0.0.1:9';
    await until(async () => (await service.call('GET', '/v1/health')).status === 503, service.output);
    const { status, body } = await service.call('POST', '/v1/images', { contentType: 'image/jpeg', bytes: 5 });
    expect([status, (body as { detail: string }).detail]).toEqual([
      503,
      expect.stringContaining(`${place} does not answer`),
    ]);
    proxy.target = target;
    expect(await imageOnce(service, id, isDone)).toMatchObject({ status: 'ready', attempts: 1 });
    await until(async () => (await service.call('GET', '/v1/health')).status === 200, service.output);
  });

  test('says in pictures the address of a CDN, and lets its page reach the bucket and the CDN', async () => {
    const service = await start({ ...environment, DARKROOM_PICTURES_URL: 'https://pictures.example/shop' });
    const { ready } = await addReady(service);
    expect(ready?.picture.img.src).toMatch(/^https:\/\/pictures\.example\/shop\/images\//);
    const policy = (await fetch(service.url)).headers.get('content-security-policy');
    expect(policy).toContain(`connect-src 'self' ${proxy.url} https://pictures.example;`);
    expect(policy).toContain(`img-src 'self' blob: data: ${proxy.url} https://pictures.example;`);
  });

  test('is restored from a backup into an empty bucket', async () => {
    const service = await start();
    const { id } = await addReady(service);
    const backup = join(folder.path, 'backup');
    const variables = { ...environment, DARKROOM_DATA: data() };
    expect(await runCommand(['backup', backup], variables)).toMatchObject({ code: 0, stderr: '' });
    await service.stop();
    await rename(data(), `${data()}-lost`);
    const other = `s3://${await server.newBucket()}/again`;
    expect(await runCommand(['restore', backup], { ...variables, DARKROOM_OBJECTS: other })).toMatchObject({ code: 0 });
    const again = await start({ ...environment, DARKROOM_OBJECTS: other });
    await again.call('POST', `/v1/images/${id}/reprocess`);
    expect(await imageOnce(again, id, isDone)).toMatchObject({ version: 2, status: 'ready' });
  });
});

describe('a service refuses to start', () => {
  test('without the setting for the bucket that holds its pictures, or with another one', async () => {
    await (await start()).stop();
    expect((await startInVain(data())).output).toContain(`are in ${place}. Set DARKROOM_OBJECTS=${place}.`);
    const other = { ...environment, DARKROOM_OBJECTS: `${place}-of-others` };
    expect((await startInVain(data(), other)).output).toContain(`are in ${place}, and DARKROOM_OBJECTS is`);
  });

  test('with a bucket while its folders hold originals, and says how to move them', async () => {
    const service = await start({});
    await addReady(service);
    await service.stop();
    expect((await startInVain(data(), environment)).output).toContain(`Run darkroom move --to ${place} first.`);
  });

  test('with a store that does not answer or a bucket that is not there, and starts when the setting is corrected', async () => {
    const none = { ...environment, DARKROOM_OBJECTS_ENDPOINT: 'http://127.0.0.1:9' };
    expect((await startInVain(data(), none)).output).toContain(`${place} does not answer`);
    const misspelt = { ...environment, DARKROOM_OBJECTS: 's3://a-bucket-that-was-never-made' };
    expect((await startInVain(data(), misspelt)).output).toContain('NoSuchBucket');
    await start();
  });
});
