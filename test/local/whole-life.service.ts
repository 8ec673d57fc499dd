import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Download, ImageAnswer, Ticket } from '../../lib/contract/answers.ts';
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

const keys = { right: 'the-key-of-a-whole-life', wrong: 'a-key-that-was-guessed' };
const webhookSecret = 'what-signs-the-webhooks-of-a-life';

test('nothing that is logged in a whole life opens anything: no signature, no key, no secret, no query', async () => {
  const receiver = await startReceiver();
  receiver.answer = 500;
  const running = await startService(folder.path, {
    DARKROOM_API_KEY: keys.right,
    DARKROOM_WEBHOOK_URL: receiver.url,
    DARKROOM_WEBHOOK_SECRET: webhookSecret,
    DARKROOM_WEBHOOK_PRIVATE: 'allow',
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
  expect((await call('GET', '/v1/images?cursor=nonsense')).status).toBe(400);
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
  await receiver.received(1);
  expect((await call('DELETE', `/v1/images/${image.id}`)).status).toBe(200);
  await running.stop();
  await receiver.close();

  const output = running.output();
  const line = running.log().find(({ requestId }) => requestId === failed.headers.get('x-request-id'));
  expect(line).toMatchObject({ level: 'error', path: new URL(ticket.upload.url).pathname });
  const signatures = [ticket.upload.url, download.url].map((url) => new URL(url).searchParams.get('signature') ?? '');
  const secret = await readFile(join(folder.path, 'secret'), 'utf8');
  for (const secretive of [...Object.values(keys), webhookSecret, secret, ...signatures]) {
    expect(secretive).not.toBe('');
    expect(output).not.toContain(secretive);
  }
  expect(output).not.toMatch(/signature=|expires=|cursor=|Bearer/);
});

test('a render that fails is seen in the log without asking for more than the default', async () => {
  service = await startService(folder.path, { DARKROOM_LOG: 'warn' });
  const { id } = await upload(service, new TextEncoder().encode('this is no picture'));
  const running = service;
  const line = await until(() => running.log()[0]);
  expect(line).toMatchObject({ level: 'warn', task: { render: { id, version: 1 } }, error: { code: 'not-an-image' } });
});
