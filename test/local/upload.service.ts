import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { ImageAnswer, Problem } from '../../lib/contract/answers.ts';
import { bytesOf, corners, noise } from '../support/pictures.ts';
import {
  askForTicket,
  imageOnce,
  isDone,
  put,
  type Service,
  stalledPut,
  startService,
  upload,
} from '../support/service.ts';
import { temporaryFolder, whenEmpty, whenNotEmpty } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let service: Service;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(folder.path);
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

describe('a 4000×3000 photo', () => {
  let image: ImageAnswer;
  beforeAll(async () => {
    const { id } = await upload(service, await bytesOf(noise(4000, 3000).jpeg()), { collection: 'tests' });
    image = await imageOnce(service, id, isDone);
  });

  test('becomes ready with everything that the contract lists', () => {
    expect(image).toMatchObject({
      status: 'ready',
      version: 1,
      progress: 1,
      attempts: 1,
      error: null,
      collection: 'tests',
      filename: 'photo.jpg',
      original: { contentType: 'image/jpeg', width: 4000, height: 3000 },
      ready: { version: 1, kind: 'photo', width: 4000, height: 3000 },
    });
  });

  test('has its 21 variants, of the sizes and formats of the preset', () => {
    const sizes = { '1280w': 960, '960w': 720, '640w': 480, '320w': 240, '256w': 256, '128w': 128, '64w': 64 };
    const expected = Object.entries(sizes).flatMap(([name, height]) =>
      ['avif', 'webp', 'jpeg'].map((format) => `${name}.${format} ${Number.parseInt(name, 10)}×${height}`),
    );
    const made = image.ready?.variants.map((one) => `${one.name}.${one.format} ${one.width}×${one.height}`);
    expect(made?.toSorted()).toEqual(expected.toSorted());
  });

  test('is served from immutable URLs, each with the right type, length and picture', async () => {
    expect(image.ready?.variants).toHaveLength(21);
    for (const variant of image.ready?.variants ?? []) {
      expect(new URL(variant.url).pathname).toBe(`/images/${image.id}/v1/${variant.name}.${variant.format}`);
      const answer = await fetch(variant.url);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(`image/${variant.format}`);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(bytes.length).toBe(variant.bytes);
      const { width, height, format, exif, icc } = await sharp(bytes).metadata();
      expect({ width, height, exif, icc }).toEqual({ width: variant.width, height: variant.height });
      expect(format).toBe(variant.format === 'avif' ? 'heif' : variant.format);
    }
  });

  test.each([
    ['image/avif,image/webp,*/*', 'avif'],
    ['image/webp,*/*', 'webp'],
    ['*/*', 'jpeg'],
  ])('is found under an address without a format, by Accept: %s as %s', async (accept, format) => {
    const address = `${service.url}/images/${image.id}/v1/640w`;
    for (const method of ['GET', 'HEAD']) {
      const way = await fetch(address, { method, headers: { accept }, redirect: 'manual' });
      expect([way.status, way.headers.get('location')]).toEqual([302, `${address}.${format}`]);
      expect(way.headers.get('cache-control')).toBe('public, max-age=86400');
      expect(way.headers.get('vary')).toBe('accept');
      expect(way.headers.get('access-control-allow-origin')).toBe('*');
    }
    // The same answer of the API differs by the origin too.
    const api = await fetch(address.replace('/images/', '/v1/images/'), { headers: { accept }, redirect: 'manual' });
    expect([api.status, api.headers.get('vary')]).toEqual([302, 'origin, accept']);
    const answer = await fetch(address, { headers: { accept } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, `image/${format}`]);
  });

  test.each(['v1/unknown', 'v2/640w', 'v1/640W', 'v0/640w', 'v1/'])(
    'is not found under %s, and no cache keeps that',
    async (end) => {
      const answer = await fetch(`${service.url}/images/${image.id}/${end}`, { redirect: 'manual' });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('cache-control')).toMatch(/^(no-store|public, max-age=1)$/);
    },
  );

  test('has a manifest of the same files', async () => {
    const manifest = (await (await fetch(image.ready?.manifest ?? '')).json()) as { variants: { sha256: string }[] };
    expect(manifest.variants.map((one) => one.sha256).toSorted()).toEqual(
      image.ready?.variants.map((one) => one.sha256).toSorted(),
    );
  });

  test('is listed', async () => {
    const { body } = await service.call('GET', '/v1/images?collection=tests');
    expect(body).toEqual({ items: [image], nextCursor: null });
  });
});

describe('a variant URL', () => {
  let url: string;
  let bytes: Buffer;
  beforeAll(async () => {
    const { id } = await upload(service, await bytesOf(noise(640, 480).jpeg()));
    const image = await imageOnce(service, id, isDone);
    url = image.ready?.variants.find((one) => one.name === '320w' && one.format === 'jpeg')?.url ?? '';
    bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  });

  test('answers HEAD with the length and no body', async () => {
    const answer = await fetch(url, { method: 'HEAD' });
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    expect(await answer.text()).toBe('');
  });

  test.each([
    ['bytes=0-9', 206, (all: Buffer) => all.subarray(0, 10)],
    ['bytes=10-', 206, (all: Buffer) => all.subarray(10)],
    ['bytes=-5', 206, (all: Buffer) => all.subarray(-5)],
    ['bytes=0-999999', 206, (all: Buffer) => all],
    ['bytes=0-1,3-4', 200, (all: Buffer) => all],
    ['lines=1-2', 200, (all: Buffer) => all],
  ])('answers the range %s with %i and exactly those bytes', async (range, status, part) => {
    const answer = await fetch(url, { headers: { range } });
    expect(answer.status).toBe(status);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(part(bytes));
  });

  test('refuses a range beyond its end and tells its length', async () => {
    const answer = await fetch(url, { headers: { range: 'bytes=9999999-' } });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
  });

  test('answers 304 to a caller that has it already', async () => {
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  test('that leads to nothing answers 404, which caches keep for a short time only', async () => {
    const answer = await fetch(url.replace('320w', '321w'));
    expect(answer.status).toBe(404);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=1');
  });

  test('cannot be written to', async () => {
    const answer = await fetch(url, { method: 'PUT', body: 'x' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  test.each([
    '/images/../private/originals',
    '/images/%2e%2e/%2e%2e/secret',
    '/images/..%2f..%2fdarkroom.db',
    '/secret',
    '/../secret',
  ])('never leads out of the folder: %s', async (path) => {
    const { hostname, port } = new URL(url);
    const status = await new Promise((resolve) =>
      request({ hostname, port, path, method: 'GET' }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end(),
    );
    expect(status).toBe(404);
  });
});

describe('bad input at the API', () => {
  const good = { contentType: 'image/jpeg', bytes: 1000 };

  test.each([
    ['malformed JSON', '{"contentType":', 400, 'invalid-request', undefined],
    ['no JSON object', '[]', 400, 'invalid-request', ''],
    ['null', 'null', 400, 'invalid-request', ''],
    [
      'a polluting key',
      '{"__proto__":{"x":1},"contentType":"image/jpeg","bytes":1}',
      400,
      'invalid-request',
      undefined,
    ],
    ['an unknown field', { ...good, width: 300 }, 400, 'invalid-request', 'width'],
    ['a number for a type', { ...good, contentType: 7 }, 400, 'invalid-request', 'contentType'],
    ['a text for the length', { ...good, bytes: '1000' }, 400, 'invalid-request', 'bytes'],
    ['no length', { contentType: 'image/jpeg' }, 400, 'invalid-request', 'bytes'],
    ['an unknown preset', { ...good, preset: 'huge' }, 400, 'invalid-request', 'preset'],
    ['a preset named like a method', { ...good, preset: 'constructor' }, 400, 'invalid-request', 'preset'],
    ['zero bytes', { ...good, bytes: 0 }, 400, 'invalid-request', 'bytes'],
    ['negative bytes', { ...good, bytes: -1 }, 400, 'invalid-request', 'bytes'],
    ['a broken number of bytes', { ...good, bytes: 1.5 }, 400, 'invalid-request', 'bytes'],
    ['too many bytes', { ...good, bytes: 10 * 1024 * 1024 + 1 }, 413, 'too-large', 'bytes'],
    ['an unsupported type', { ...good, contentType: 'image/svg+xml' }, 415, 'unsupported-type', 'contentType'],
    ['a digest that is none', { ...good, sha256: 'abc' }, 400, 'invalid-request', 'sha256'],
    [
      'a file name that is shown as another',
      { ...good, filename: 'a\u202egpj.exe' },
      400,
      'invalid-request',
      'filename',
    ],
    ['a digest in another spelling', { ...good, sha256: `${'A'.repeat(42)}B=` }, 400, 'invalid-request', 'sha256'],
    ['a file name with a line break', { ...good, filename: 'a\r\nb' }, 400, 'invalid-request', 'filename'],
    ['a collection that is a path', { ...good, collection: '../x' }, 400, 'invalid-request', 'collection'],
  ])('%s is refused with its field named', async (_what, body, status, code, field) => {
    const answer = await service.call('POST', '/v1/images', body);
    const problem: Problem = answer.body;
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(problem).toMatchObject({ code, status });
    expect(problem.detail).toMatch(/\w.*[.]$/);
    if (field !== undefined) expect(problem.errors?.map((error) => error.path)).toEqual([field]);
  });

  test('a body that is not declared as JSON is refused', async () => {
    const answer = await fetch(`${service.url}/v1/images`, { method: 'POST', body: JSON.stringify(good) });
    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([400, 'invalid-request']);
  });

  test('no body at all is refused', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${service.url}/v1/images`, { method: 'POST', headers });
    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([400, 'invalid-request']);
  });

  test('a body larger than any request is refused', async () => {
    const answer = await service.call('POST', '/v1/images', { ...good, filename: 'x'.repeat(300_000) });
    expect([answer.status, (answer.body as Problem).code]).toEqual([413, 'too-large']);
  });

  test.each([
    ['GET', `/v1/images/${'a'.repeat(26)}`, 404, 'not-found'],
    ['GET', '/v1/images/nonsense', 404, 'not-found'],
    ['GET', '/v1/images/%00', 404, 'not-found'],
    ['GET', '/v1/nothing', 404, 'not-found'],
    ['GET', '/nothing', 404, 'not-found'],
    ['GET', '/v1/images?limit=0', 400, 'invalid-request'],
    ['GET', '/v1/images?limit=x', 400, 'invalid-request'],
    ['GET', '/v1/images?limit=1000', 400, 'invalid-request'],
    ['GET', '/v1/images?status=lost', 400, 'invalid-request'],
    ['GET', '/v1/images?cursor=x', 400, 'invalid-request'],
    ['GET', '/v1/images?colour=red', 400, 'invalid-request'],
  ])('%s %s is answered with %i %s', async (method, path, status, code) => {
    const answer = await service.call(method, path);
    expect([answer.status, (answer.body as Problem).code]).toEqual([status, code]);
  });

  test.each([
    ['PATCH', '/v1/images', 'POST, GET, HEAD'],
    ['PUT', `/v1/images/${'a'.repeat(26)}`, 'GET, HEAD, DELETE'],
    ['POST', '/v1/health', 'GET, HEAD'],
  ])('%s %s is answered with 405 and the methods that it does take', async (method, path, allow) => {
    const answer = await service.call(method, path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });
});

describe('a picture that cannot be one', () => {
  test.each([
    ['text', async () => new TextEncoder().encode('this is no picture at all'), 'not-an-image'],
    ['a PNG declared as JPEG', async () => bytesOf(corners(200, 200).png()), 'type-mismatch'],
    ['a picture of 99×200', async () => bytesOf(corners(99, 200).jpeg()), 'too-small'],
    ['half a picture', async () => (await bytesOf(noise(640, 480).jpeg())).slice(0, 30_000), 'corrupt'],
  ])('%s fails with a reason, at once', async (_what, make, code) => {
    const { id } = await upload(service, await make());
    const image = await imageOnce(service, id, isDone);
    expect(image).toMatchObject({ status: 'failed', attempts: 1, error: { code }, ready: null });
    expect(image.error?.message).toMatch(/\w.*[.]$/);
  });
});

describe('a PUT', () => {
  test('that breaks off leaves nothing behind and can be repeated', async () => {
    const bytes = await bytesOf(corners(640, 480).jpeg());
    const ticket = await askForTicket(service, bytes);
    const stalled = await stalledPut(ticket, bytes, 1000);
    await whenNotEmpty(join(folder.path, 'private', '.partial'));
    stalled.destroy();
    await whenEmpty(join(folder.path, 'private', '.partial'));
    expect((await put(ticket, bytes)).status).toBe(200);
    expect(await imageOnce(service, ticket.id, isDone)).toMatchObject({ status: 'ready' });
  });

  test('that is refused is told so, also when the connection ends with it and most of the file is still to come', async () => {
    const { hostname, port } = new URL(service.url);
    const path = `/originals/${'a'.repeat(26)}/v1`;
    const file = Buffer.alloc(8 * 1024 * 1024);
    const head = `PUT ${path} HTTP/1.0\r\nhost: ${hostname}:${port}\r\ncontent-length: ${file.length}\r\n\r\n`;
    const socket = connect({ host: hostname, port: Number(port) });
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(head);
    await until(
      () => answer.includes('</Error>'),
      () => `no whole answer: ${answer}`,
    );
    // What does not read on resets the connection here, and a proxy in between would make a 502 of that.
    socket.end(file);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect([socket.bytesWritten, socket.errored]).toEqual([head.length + file.length, null]);
  });
});

describe('the page', () => {
  test('is there, with its script and its style, and may load nothing from elsewhere', async () => {
    const page = await fetch(service.url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const linked = [...(await page.text()).matchAll(/(?:src|href)="(\w[^":]*)"/g)].map((match) => match[1] ?? '');
    // Relative, so that the page works below a path of a proxy.
    expect(linked.sort()).toEqual(['darkroom.css', 'darkroom.js', 'element.js', 'v1/docs']);
    for (const path of linked) expect((await fetch(new URL(path, `${service.url}/`))).status).toBe(200);
  });
});
