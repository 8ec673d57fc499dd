import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { useBuckets } from '../support/bucket.ts';
import { jsonLines, runCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { askForTicket as askOnce, imageOnce, isDone, put, startInVain, upload } from '../support/service.ts';
import { addReady, servicesInFolder } from '../support/services.ts';
import { until } from '../support/until.ts';
import { isEmulated } from '../system/objects/s3-server.ts';

let photo: Uint8Array<ArrayBuffer>;
/** The address of a receiver of notifications. */
let webhook: string;

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

// Before the store is started, which is told the address.
beforeAll(async () => {
  photo = await bytesOf(noise(300, 200).jpeg());
  notifications.listen(0, '127.0.0.1');
  await once(notifications, 'listening');
  webhook = `http://127.0.0.1:${(notifications.address() as AddressInfo).port}/`;
});
// In this order, so that services end before the store.
const { data, inFolder, start } = servicesInFolder();
const bucket = useBuckets(() => webhook);
afterEach(() => {
  notifyTo = undefined;
});
afterAll(() => void notifications.close());

/** A bucket that answers late is taken for one that is gone, for some seconds. */
const askForTicket = (...asked: Parameters<typeof askOnce>) => until(() => askOnce(...asked).catch(() => undefined));

const startOnBucket = (more: Record<string, string> = {}) => start({ ...bucket.environment, ...more });

describe('a service whose objects are in a bucket', () => {
  test('lets clients PUT straight to the bucket, and keeps there what it makes', async () => {
    const service = await startOnBucket();
    const ticket = await askForTicket(service, photo, { preset: 'thumbnails' });
    expect(new URL(ticket.upload.url).origin).toBe(bucket.proxy.url);
    expect((await put(ticket, photo)).status).toBe(200);
    expect((await put(ticket, photo)).status).toBe(412);
    const { id, status, ready } = await imageOnce(service, ticket.id, isDone);
    expect(status).toBe('ready');
    expect(await bucket.keysBelow('originals/')).toEqual([originalKey({ id, version: 1 })]);
    expect(await bucket.keysBelow('images/')).toHaveLength((ready?.variants.length ?? 0) + 1);

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
    expect([...(await bucket.keysBelow('originals/')), ...(await bucket.keysBelow('images/'))]).toEqual([]);
  });

  test('takes a folder by darkroom upload, nothing on a rerun, and gives the same bytes back', async () => {
    const service = await startOnBucket();
    const variables = { DARKROOM_URL: service.url, XDG_STATE_HOME: inFolder('state') };
    const pictures = inFolder('pictures');
    await mkdir(pictures);
    for (const name of ['a.jpg', 'b.jpg']) await writeFile(join(pictures, name), await bytesOf(noise(200, 150).jpeg()));
    const args = ['upload', pictures, '--preset', 'gallery'];
    const sent = await runCommand([...args, '--json'], variables);
    expect([sent.code, sent.stderr]).toEqual([0, '']);
    const ids = jsonLines(sent).map(({ id }) => String(id));
    expect((await bucket.keysBelow('originals/')).toSorted()).toEqual(
      ids.map((id) => originalKey({ id, version: 1 })).sort(),
    );
    expect(await runCommand(args, variables)).toMatchObject({ stderr: expect.stringContaining('2 skipped') });
    expect(await runCommand(['verify'], variables)).toMatchObject({ code: 0, stdout: '' });
    const out = inFolder('originals');
    expect(await runCommand(['download', ...ids, '--out', out], variables)).toMatchObject({ code: 0 });
    const back = await Promise.all((await readdir(out)).map((file) => readFile(join(out, file), 'base64')));
    const given = await Promise.all(['a.jpg', 'b.jpg'].map((name) => readFile(join(pictures, name), 'base64')));
    expect(back.sort()).toEqual(given.sort());
  });

  test('finds after a restart what was PUT while it was killed', async () => {
    const service = await startOnBucket();
    const ticket = await askForTicket(service, photo, { preset: 'thumbnails' });
    await service.stop('SIGKILL');
    expect((await put(ticket, photo)).status).toBe(200);
    expect(await imageOnce(await startOnBucket(), ticket.id, isDone)).toMatchObject({ status: 'ready' });
  });

  test('takes the notifications of the store', async () => {
    const service = await startOnBucket();
    notifyTo = service.url;
    const { id } = await addReady(service, photo);
    if (isEmulated(bucket.server)) return;
    await until(() => notified.some((body) => body.includes(id)));
    const answer = await fetch(`${service.url}/arrivals`, { method: 'POST', body: notified.at(-1) ?? '' });
    expect(answer.status).toBe(204);
  });

  test('gives no tickets while the store is cut off, loses nothing, and continues by itself', async () => {
    const service = await startOnBucket();
    const { id } = await upload(service, photo, { preset: 'thumbnails' });
    const { target } = bucket.proxy;
    bucket.proxy.target = 'http://127.0.0.1:9';
    await until(async () => (await service.call('GET', '/v1/health')).status === 503, service.output);
    const { status, body } = await service.call('POST', '/v1/images', { contentType: 'image/jpeg', bytes: 5 });
    expect([status, (body as { detail: string }).detail]).toEqual([
      503,
      expect.stringContaining(`${bucket.place} does not answer`),
    ]);
    bucket.proxy.target = target;
    expect(await imageOnce(service, id, isDone)).toMatchObject({ status: 'ready', attempts: 1 });
    await until(async () => (await service.call('GET', '/v1/health')).status === 200, service.output);
  });

  test('logs nothing that opens the bucket, also when the store is cut off in the middle of a life', async () => {
    const service = await startOnBucket();
    const ticket = await askForTicket(service, photo, { preset: 'thumbnails' });
    const { target } = bucket.proxy;
    expect((await put(ticket, photo)).status).toBe(200);
    bucket.proxy.target = 'http://127.0.0.1:9';
    await until(async () => (await service.call('GET', '/v1/health')).status === 503, service.output);
    bucket.proxy.target = target;
    expect(await imageOnce(service, ticket.id, isDone)).toMatchObject({ status: 'ready' });
    const { body } = await service.call('GET', `/v1/images/${ticket.id}/original`);
    await service.call('DELETE', `/v1/images/${ticket.id}`);
    await service.stop();
    const signatures = [ticket.upload.url, (body as { url: string }).url].map(
      (url) => `${new URL(url).searchParams.get('X-Amz-Signature')}`,
    );
    for (const signature of signatures) {
      expect(signature).toMatch(/^[0-9a-f]{64}$/);
      expect(service.output()).not.toContain(signature);
    }
    expect(service.output()).not.toMatch(/x-amz-(signature|credential|security-token)|authorization/i);
  });

  test('says in pictures the address of a CDN, and lets its page reach the bucket and the CDN', async () => {
    const service = await startOnBucket({ DARKROOM_PICTURES_URL: 'https://pictures.example/shop' });
    const { ready } = await addReady(service, photo);
    expect(ready?.picture.img.src).toMatch(/^https:\/\/pictures\.example\/shop\/images\//);
    const policy = (await fetch(service.url)).headers.get('content-security-policy');
    expect(policy).toContain(`connect-src 'self' ${bucket.proxy.url} https://pictures.example;`);
    expect(policy).toContain(`img-src 'self' blob: data: ${bucket.proxy.url} https://pictures.example;`);
  });

  test('is restored from a backup into an empty bucket', async () => {
    const service = await startOnBucket();
    const { id } = await addReady(service, photo);
    const backup = inFolder('backup');
    const variables = { ...bucket.environment, DARKROOM_DATA: data() };
    expect(await runCommand(['backup', backup], variables)).toMatchObject({ code: 0, stderr: '' });
    await service.stop();
    await rename(data(), `${data()}-lost`);
    const other = `s3://${await bucket.server.newBucket()}/again`;
    expect(await runCommand(['restore', backup], { ...variables, DARKROOM_OBJECTS: other })).toMatchObject({ code: 0 });
    const again = await startOnBucket({ DARKROOM_OBJECTS: other });
    await again.call('POST', `/v1/images/${id}/reprocess`);
    expect(await imageOnce(again, id, isDone)).toMatchObject({ version: 2, status: 'ready' });
  });
});

test('what an audit moved into the trash of a bucket comes back by a copy under its own keys and a rebuild', async () => {
  const service = await startOnBucket();
  const { id } = await addReady(service, photo);
  await service.stop();
  const keys = [...(await bucket.keysBelow('originals/')), ...(await bucket.keysBelow('images/'))];
  const at = Date.now();
  await bucket.objects.discard(keys, at);
  expect(await bucket.keysBelow('originals/')).toEqual([]);

  const [, name = '', path = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(bucket.place) ?? [];
  const day = new Date(at).toISOString().slice(0, 10);
  const s3 = bucket.server.client();
  for (const key of keys)
    await s3.send(
      new CopyObjectCommand({
        Bucket: name,
        Key: `${path}/${key}`,
        CopySource: `${name}/${path}/.trash/${day}/${key}`,
      }),
    );
  for (const file of await readdir(data()))
    if (file.startsWith('darkroom.db')) await rename(join(data(), file), inFolder(`lost-${file}`));
  const variables = { ...bucket.environment, DARKROOM_DATA: data() };
  expect(await runCommand(['rebuild'], variables)).toMatchObject({ code: 0, stderr: '' });
  const again = await startOnBucket();
  const { status, body } = await again.call('GET', `/v1/images/${id}`);
  expect([status, body]).toMatchObject([200, { status: 'ready' }]);
  expect((await fetch((body as ImageAnswer).ready?.variants[0]?.url ?? '')).status).toBe(200);
});

describe('a service refuses to start', () => {
  test('without the setting for the bucket that holds its pictures, or with another one', async () => {
    await (await startOnBucket()).stop();
    expect((await startInVain(data())).output).toContain(
      `are in ${bucket.place}. Set DARKROOM_OBJECTS=${bucket.place}.`,
    );
    const other = { ...bucket.environment, DARKROOM_OBJECTS: `${bucket.place}-of-others` };
    expect((await startInVain(data(), other)).output).toContain(`are in ${bucket.place}, and DARKROOM_OBJECTS is`);
  });

  test('with a bucket while its folders hold originals, and says how to move them', async () => {
    const service = await start();
    await addReady(service, photo);
    await service.stop();
    expect((await startInVain(data(), bucket.environment)).output).toContain(
      `Run darkroom move --to ${bucket.place} first.`,
    );
  });

  test('without its catalogue while the bucket holds originals, which stay', async () => {
    const service = await startOnBucket();
    const { id } = await addReady(service, photo);
    await service.stop();
    for (const name of await readdir(data()))
      if (name.startsWith('darkroom.db')) await rename(join(data(), name), inFolder(`lost-${name}`));
    const { code, output } = await startInVain(data(), bucket.environment);
    expect([code, output]).toEqual([1, expect.stringMatching(/knows no image/)]);
    expect(output).toContain(`There are originals in ${bucket.place}`);
    expect(await bucket.keysBelow('originals/')).toEqual([originalKey({ id, version: 1 })]);
  });

  test('with a store that does not answer or a bucket that is not there, and starts when the setting is corrected', async () => {
    const none = { ...bucket.environment, DARKROOM_OBJECTS_ENDPOINT: 'http://127.0.0.1:9' };
    expect((await startInVain(data(), none)).output).toContain(`${bucket.place} does not answer`);
    const misspelt = { ...bucket.environment, DARKROOM_OBJECTS: 's3://a-bucket-that-was-never-made' };
    expect((await startInVain(data(), misspelt)).output).toContain('NoSuchBucket');
    await startOnBucket();
  });
});
