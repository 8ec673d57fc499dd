import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { manifestKey } from '../../lib/core/object-keys.ts';
import { type ServiceInProcess, startServiceInProcess } from '../support/service-in-process.ts';

let service: ServiceInProcess;
let url: string;
let etag: string;
let modified: string;
const bytes = '0123456789';
beforeAll(async () => {
  service = await startServiceInProcess();
  const key = manifestKey({ id: 'a'.repeat(26), version: 1 });
  await service.world.variants.put(key, Buffer.from(bytes));
  url = `${service.url}/${key}`;
  const { headers } = await fetch(url);
  [etag, modified] = [headers.get('etag') ?? '', headers.get('last-modified') ?? ''];
});
afterAll(() => service.close());

/** Not fetch, which refuses some headers. */
const get = (headers: Record<string, string>, method = 'GET', address = url) =>
  new Promise<{ status: number | undefined; body: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const asked = request(address, { method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, body, headers: answer.headers }));
    });
    asked.on('error', reject).end();
  });

describe('a stored file', () => {
  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, bytes, 'bytes 0-9/10'],
    ['bytes=9-9', 206, '9', 'bytes 9-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=3-2', 200, bytes, undefined],
    ['bytes=-', 200, bytes, undefined],
    ['bytes=0-1,3-4', 200, bytes, undefined],
    ['letters=0-1', 200, bytes, undefined],
  ])('answers the range %s with %d', async (range, status, body, said) => {
    const answer = await get({ range });
    expect([answer.status, answer.body, answer.headers['content-range']]).toEqual([status, body, said]);
    if (status !== 416) expect(answer.headers['content-length']).toBe(String(body.length));
    // A cache must not keep a refusal for as long as the picture.
    expect(answer.headers['cache-control']).toMatch(status === 416 ? /^no-store$/ : /immutable/);
  });

  test('answers a range only of the file that the client knows', async () => {
    expect((await get({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
    expect((await get({ range: 'bytes=0-1', 'if-range': '"another"' })).status).toBe(200);
  });

  test('is not sent to a client that has it', async () => {
    for (const known of [etag, `W/${etag}`, `"another", ${etag}`, '*'])
      expect(await get({ 'if-none-match': known })).toMatchObject({ status: 304, body: '' });
    expect((await get({ 'if-none-match': '"another"', 'if-modified-since': modified })).status).toBe(200);
    expect((await get({ 'if-modified-since': modified })).status).toBe(304);
    const before = new Date(Date.parse(modified) - 1000).toUTCString();
    expect((await get({ 'if-modified-since': before })).status).toBe(200);
    expect((await get({ 'if-modified-since': 'yesterday' })).status).toBe(200);
  });

  test('tells HEAD what GET would send', async () => {
    const { status, body, headers } = await get({}, 'HEAD');
    expect([status, body, headers['content-length'], headers['accept-ranges']]).toEqual([200, '', '10', 'bytes']);
    expect(await get({ range: 'bytes=0-1' }, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  test('is not sent to a client that has a part of another file', async () => {
    for (const had of [etag, `"another", ${etag}`, '*'])
      expect((await get({ 'if-match': had, range: 'bytes=0-1' })).status).toBe(206);
    const before = new Date(Date.parse(modified) - 1000).toUTCString();
    for (const had of [{ 'if-match': '"another"' }, { 'if-match': `W/${etag}` }, { 'if-unmodified-since': before }]) {
      const { status, body, headers } = await get({ ...had, range: 'bytes=0-1' });
      expect([status, body, headers['cache-control']]).toEqual([412, '', 'no-store']);
    }
    expect((await get({ 'if-unmodified-since': modified })).status).toBe(200);
    expect((await get({ 'if-match': etag, 'if-unmodified-since': before })).status).toBe(200);
    expect((await get({ 'if-unmodified-since': 'yesterday' })).status).toBe(200);
  });

  test('is only read, and kept for ever where its name says so', async () => {
    const refused = await get({}, 'DELETE');
    expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect((await get({})).headers['cache-control']).toContain('immutable');
    expect((await get({}, 'GET', url.replace('/v1/', '/v2/'))).status).toBe(404);
    expect((await get({}, 'GET', `${service.url}/images/nothing`)).status).toBe(404);
  });
});

describe('a request', () => {
  test('to localhost is sent to the address of the tickets', async () => {
    const { port } = new URL(service.url);
    const answer = await get({ host: `localhost:${port}` }, 'GET', `${service.url}/`);
    expect([answer.status, answer.headers.location]).toEqual([307, `${service.url}/`]);
    expect((await get({ host: `localhost:${port}` }, 'GET', `${service.url}/client.js`)).status).toBe(200);
    expect((await get({}, 'GET', `${service.url}/`)).headers['content-type']).toContain('text/html');
  });

  test('under a foreign name, from a foreign page or to no page of ours is refused', async () => {
    expect((await get({ host: 'pictures.example' })).status).toBe(400);
    expect((await get({ host: 'pictures.example/127.0.0.1' })).status).toBe(400);
    const from = (headers: Record<string, string>) => get(headers, 'POST', `${service.url}/v1/images`);
    expect((await from({ origin: 'https://strange.example' })).body).toContain('A page of another origin');
    expect((await from({ 'sec-fetch-site': 'cross-site' })).body).toContain('A page of another origin');
    expect((await from({ origin: service.url })).body).not.toContain('A page of another origin');
    expect((await get({}, 'GET', `${service.url}/nothing`)).status).toBe(404);
    expect((await get({}, 'POST', `${service.url}/`)).status).toBe(404);
  });

  test('with a body that is too large, or no text, says so', async () => {
    const post = async (body: string | Uint8Array<ArrayBuffer>) =>
      (await fetch(`${service.url}/v1/images`, { method: 'POST', body })).json();
    expect(await post('x'.repeat(256 * 1024 + 1))).toMatchObject({ code: 'too-large' });
    expect(await post(new Uint8Array([0xff, 0xfe, 0xfd]))).toMatchObject({
      code: 'invalid-request',
      detail: expect.stringContaining('UTF-8'),
    });
    expect(await post('{')).toMatchObject({ code: 'invalid-request' });
  });

  test.each([
    ['GET', 'SignatureDoesNotMatch', 403],
    ['DELETE', 'MethodNotAllowed', 405],
  ])('%s of an original without a ticket gets %s', async (method, code, status) => {
    const answer = await get({}, method, `${service.url}/originals/${'a'.repeat(26)}/v1`);
    expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(`<Code>${code}</Code>`)]);
    expect((await get({}, 'GET', `${service.url}/originals/other`)).body).toContain('<Code>AccessDenied</Code>');
  });
});
