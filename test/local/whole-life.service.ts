import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Download, ImageAnswer, Ticket } from '../../lib/contract/answers.ts';
import { hashOfKey } from '../../lib/core/api-keys.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { startReceiver } from '../support/receiver.ts';
import { put, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service | undefined;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await service?.stop();
  await folder.remove();
});

const keys = {
  right: 'the-key-of-a-whole-life',
  wrong: 'a-key-that-was-guessed',
  limited: 'a-key-that-only-uploads',
  metrics: 'a-key-that-only-measures',
};
const secrets = { webhook: 'what-signs-the-webhooks-of-a-life', purge: 'what-the-receiver-of-purges-knows' };

test('nothing that is logged in a whole life opens anything: no signature, no key, no secret, no query', async () => {
  const receiver = await startReceiver();
  const cdn = await startReceiver();
  receiver.answer = 500;
  cdn.answer = 500;
  const running = await startService(folder.path, {
    DARKROOM_API_KEY: keys.right,
    DARKROOM_WEBHOOK_URL: receiver.url,
    DARKROOM_WEBHOOK_SECRET: secrets.webhook,
    DARKROOM_WEBHOOK_PRIVATE: 'allow',
    DARKROOM_KEYS: JSON.stringify([{ sha256: hashOfKey(keys.limited), rights: ['upload'] }]),
    DARKROOM_METRICS_KEY: keys.metrics,
    DARKROOM_PURGE_URL: cdn.url,
    DARKROOM_PURGE_SECRET: secrets.purge,
  });
  service = running;
  const call = async <Body>(method: string, path: string, body?: unknown, key = keys.right) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await fetch(running.url + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, body: (await answer.json()) as Body };
  };
  const file = await bytesOf(corners(200, 200).jpeg());
  const ask = { contentType: 'image/jpeg', bytes: file.length, filename: 'private-name.jpg' };

  expect((await call('POST', '/v1/images', ask, keys.wrong)).status).toBe(401);
  expect((await call('GET', '/v1/images', undefined, keys.limited)).status).toBe(403);
  expect((await call('GET', '/v1/images?cursor=nonsense')).status).toBe(400);
  const measured = (key: string) =>
    fetch(`${running.url}/metrics`, { headers: { authorization: `Bearer ${key}` } }).then(({ status }) => status);
  expect([await measured(keys.metrics), await measured(keys.limited)]).toEqual([200, 403]);
  const { body: ticket } = await call<Ticket>('POST', '/v1/images', ask);
  // Nothing can be written where half-written files lie.
  const partial = join(folder.path, 'private', '.partial');
  await mkdir(join(folder.path, 'private'), { recursive: true });
  await rm(partial, { recursive: true, force: true });
  await writeFile(partial, '');
  const failed = await put(ticket, file);
  expect(failed.status).toBe(503);
  await rm(partial);
  expect((await put(ticket, file)).status).toBe(200);
  const image = await until(async () => {
    const { body } = await call<ImageAnswer>('GET', `/v1/images/${ticket.id}`);
    return body.status === 'ready' && body;
  });
  const { body: download } = await call<Download>('GET', `/v1/images/${image.id}/original`);
  expect((await fetch(download.url)).status).toBe(200);
  expect((await fetch(`${download.url}&x=1`)).status).toBe(403);
  const token = `${ticket.watch?.token}`;
  for (const path of ['images', 'uploads'])
    expect((await call('GET', `/v1/${path}/${image.id}`, undefined, token)).status).toBe(200);
  expect((await call('GET', `/v1/images/${'a'.repeat(26)}`, undefined, token)).status).toBe(401);
  await receiver.received(1);
  expect((await call('DELETE', `/v1/images/${image.id}`)).status).toBe(200);
  await until(() => running.log().some(({ message }) => message === 'the CDN could not be told what to forget'));
  await running.stop();
  await Promise.all([receiver.close(), cdn.close()]);

  const output = running.output();
  const line = running.log().find(({ requestId }) => requestId === failed.headers.get('x-request-id'));
  expect(line).toMatchObject({ level: 'error', path: new URL(ticket.upload.url).pathname });
  const signatures = [ticket.upload.url, download.url].map((url) => new URL(url).searchParams.get('signature') ?? '');
  const secret = await readFile(join(folder.path, 'secret'), 'utf8');
  const all = [...Object.values(keys), ...Object.values(secrets), secret, token, ...signatures];
  for (const secretive of all) {
    expect(secretive).toMatch(/.{16}/);
    expect(output).not.toContain(secretive);
  }
  expect(output).not.toMatch(/signature=|expires=|cursor=|Bearer/i);
});

test('a render that fails is seen in the log without asking for more than the default', async () => {
  service = await startService(folder.path, { DARKROOM_LOG: 'warn' });
  const { id } = await upload(service, new TextEncoder().encode('this is no picture'));
  const running = service;
  const line = await until(() => running.log()[0]);
  expect(line).toMatchObject({ level: 'warn', task: { render: { id, version: 1 } }, error: { code: 'not-an-image' } });
});
