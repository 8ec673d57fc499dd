import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { put, untilReady } from '../../lib/client/darkroom.ts';
import type { Ticket } from '../../lib/contract/answers.ts';
import { hashOfKey } from '../../lib/core/api-keys.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const key = 'a key that may only upload'.replaceAll(' ', '-');
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let site: ReturnType<typeof spawn>;
let address: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const DARKROOM_KEYS = JSON.stringify([{ sha256: hashOfKey(key), rights: ['upload'], collections: ['visitors'] }]);
  service = await startService(join(folder.path, 'data'), { DARKROOM_KEYS, DARKROOM_WORKERS: '1' });
  site = spawn(process.execPath, [join(root, 'examples/uploads/server.js')], {
    env: { ...process.env, DARKROOM_URL: service.url, DARKROOM_API_KEY: key, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(site.stdout as NodeJS.ReadableStream, 'data');
  address = String(line).trim();
});
afterAll(async () => {
  site.kill();
  await service.stop();
  await folder.remove();
});

const ask = async (file: Blob) => {
  const request = { contentType: 'image/png', bytes: file.size, filename: 'a.png' };
  return fetch(`${address}/tickets`, { method: 'POST', body: JSON.stringify(request) });
};

test('a page without a key takes a picture from its file to its variants', async () => {
  const file = new Blob([await bytesOf(corners(300, 200).png())]);
  const ticket = (await (await ask(file)).json()) as Ticket;
  await put(ticket, file);
  const { ready, collection } = await untilReady(ticket, { url: service.url });
  expect(collection).toBe('visitors');
  expect(ready.variants.length).toBeGreaterThan(0);
});

test('the token of the ticket opens nothing else of the service', async () => {
  const ticket = (await (await ask(new Blob(['any']))).json()) as Ticket;
  const call = async (method: string, path: string, authorization: string) =>
    (await fetch(service.url + path, { method, headers: { authorization } })).status;
  const token = `Bearer ${ticket.watch?.token}`;
  expect(await call('GET', `/v1/uploads/${ticket.id}`, token)).toBe(200);
  expect(await call('GET', `/v1/uploads/${ticket.id}`, `Bearer ${key}`)).toBe(401);
  expect(await call('DELETE', `/v1/images/${ticket.id}`, token)).toBe(401);
  expect(await call('GET', '/v1/images', token)).toBe(401);
  expect(await call('DELETE', `/v1/images/${ticket.id}`, `Bearer ${key}`)).toBe(403);
});

test('what the service refuses, the site passes on', async () => {
  const answer = await ask(new Blob([]));
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'invalid-request']);
});
