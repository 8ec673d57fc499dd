import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashOfKey } from '../../lib/core/api-keys.ts';
import { accessControl } from '../../lib/local/access.ts';
import { routes } from '../../lib/routes.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { problemOf, rawRequest } from '../support/raw-request.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const picture = { contentType: 'image/jpeg', bytes: 1000 };
const nobody = 'a'.repeat(26);

const folders: Awaited<ReturnType<typeof temporaryFolder>>[] = [];
const services: Service[] = [];
const start = async (environment: Record<string, string>): Promise<Service> => {
  const folder = await temporaryFolder();
  const service = await startService(folder.path, { DARKROOM_WORKERS: '1', ...environment });
  folders.push(folder);
  services.push(service);
  return service;
};
afterAll(async () => {
  for (const service of services) await service.stop();
  for (const folder of folders) await folder.remove();
});

describe('a service without keys', () => {
  let service: Service;
  let port: string;
  beforeAll(async () => {
    service = await start({ DARKROOM_ALLOWED_ORIGINS: 'https://app.example, https://admin.example' });
    port = new URL(service.url).port;
  });

  test.each(['/v1/health', '/v1/images', '/', `/images/${nobody}/v1/640w.avif`])(
    'does not answer %s under a strange host name',
    async (path) => {
      const answer = await rawRequest(service.url + path, { headers: { host: `evil.example:${port}` } });
      expect([answer.status, problemOf(answer).code]).toEqual([400, 'invalid-request']);
      expect(problemOf(answer).detail).toContain('http://127.0.0.1');
    },
  );

  test.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:9999'])('answers to %s', async (host) => {
    const answer = await rawRequest(`${service.url}/v1/images`, { headers: { host } });
    expect(answer.status).toBe(200);
  });

  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://app.example.evil.example', 'sec-fetch-site': 'cross-site' },
  ])('takes no write from a page with %j, and says what would let it', async (headers) => {
    for (const [method, path] of [
      ['POST', '/v1/images'],
      ['DELETE', `/v1/images/${nobody}`],
    ]) {
      const answer = await rawRequest(`${service.url}${path}`, {
        method: `${method}`,
        headers: headers as unknown as Record<string, string>,
        body: picture,
      });
      expect([answer.status, problemOf(answer).code]).toEqual([400, 'invalid-request']);
      expect(problemOf(answer).detail).toContain('DARKROOM_ALLOWED_ORIGINS');
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('takes writes from its own page, from a listed origin and from what is no page', async () => {
    for (const headers of [
      { origin: service.url, 'sec-fetch-site': 'same-origin' },
      { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
      {},
    ]) {
      const answer = await rawRequest(`${service.url}/v1/images`, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: picture,
      });
      expect(answer.status).toBe(201);
    }
  });

  test('shows its page under the address that its tickets have, from where a browser may use them', async () => {
    const { status, headers } = await rawRequest(service.url, { headers: { host: `localhost:${port}` } });
    expect([status, headers.location]).toEqual([307, `${service.url}/`]);
    expect((await rawRequest(service.url)).status).toBe(200);
    // At the other end of a tunnel that address would lead nowhere.
    expect((await rawRequest(service.url, { headers: { host: 'localhost:1' } })).status).toBe(200);
  });

  describe('asked by a browser beforehand', () => {
    const preflight = (path: string, origin: string, method: string, headers = '') =>
      rawRequest(service.url + path, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
      });

    test('lets a listed origin call the API with a key, a body and an idempotency key', async () => {
      const { status, headers } = await preflight('/v1/images', 'https://admin.example', 'POST', 'authorization');
      expect([status, headers]).toMatchObject([
        204,
        {
          'access-control-allow-origin': 'https://admin.example',
          'access-control-allow-methods': 'POST, GET, DELETE',
          'access-control-allow-headers': 'authorization, content-type, idempotency-key',
          vary: 'origin',
        },
      ]);
    });

    test('lets a listed origin put an original, with exactly the headers that a ticket may have', async () => {
      const digest = 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=';
      const made = await service.call('POST', '/v1/images', { ...picture, sha256: digest });
      const ticket = made.body as { upload: { url: string; headers: Record<string, string> } };
      const { pathname, search } = new URL(ticket.upload.url);
      const { status, headers } = await preflight(pathname + search, 'https://app.example', 'PUT');
      expect([status, headers['access-control-allow-methods']]).toEqual([204, 'PUT']);
      expect(headers['access-control-allow-headers']).toBe(Object.keys(ticket.upload.headers).join(', '));
    });

    test.each(['/v1/images', '/originals/x'])('lets no other origin use %s', async (path) => {
      const answer = await preflight(path, 'https://evil.example', 'POST');
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([400, undefined]);
      expect(answer.headers.vary).toBe('origin');
    });

    test('lets every page read pictures', async () => {
      const { status, headers } = await preflight(`/images/${nobody}/v1/640w.avif`, 'https://any.example', 'GET');
      expect([status, headers['access-control-allow-origin'], headers['access-control-allow-methods']]).toEqual([
        204,
        '*',
        'GET, HEAD',
      ]);
    });
  });

  test('lets the page of a listed origin read answers and refusals, and no other page', async () => {
    for (const [origin, seen] of [
      ['https://app.example', 'https://app.example'],
      ['https://evil.example', undefined],
    ])
      for (const path of ['/v1/images', '/v1/images/nonsense']) {
        const { headers } = await rawRequest(service.url + path, { headers: { origin: `${origin}` } });
        expect([headers['access-control-allow-origin'], headers.vary]).toEqual([seen, 'origin']);
      }
  });

  test('lets any page have what is under /images, and the same answer serves them all', async () => {
    const { headers } = await rawRequest(`${service.url}/images/${nobody}/v1/640w.avif`);
    expect([headers['access-control-allow-origin'], headers.vary]).toEqual(['*', undefined]);
  });
});

describe('a service with keys', () => {
  const [older, newer, uploader] = ['the-key-of-last-month', 'the-key-of-this-month', 'the-key-for-uploads'];
  let service: Service;
  beforeAll(async () => {
    service = await start({ DARKROOM_API_KEY: `${older}, ${newer}, ${uploader}`, DARKROOM_TICKETS_PER_MINUTE: '1' });
  });

  const withKey = (path: string, authorization?: string, method = 'GET', body?: unknown) =>
    rawRequest(service.url + path, { method, body, headers: authorization === undefined ? {} : { authorization } });

  test.each(Object.entries(routes))('%s needs one, unless it is open', async (_name, route) => {
    const path = route.path.replace('{id}', nobody);
    for (const authorization of [undefined, 'Bearer wrong-wrong-wrong-wrong', `Basic ${older}`, older, 'Bearer']) {
      const answer = await withKey(path, authorization, route.method);
      // What is open, but asks for something that is not there, is not found.
      if ('open' in route && route.open === true) expect(answer.status).toBe('params' in route ? 404 : 200);
      else {
        expect([answer.status, problemOf(answer).code]).toEqual([401, 'unauthorized']);
        expect(answer.headers['www-authenticate']).toBe('Bearer');
      }
    }
  });

  test.each([older, newer])('takes %s', async (key) => {
    expect((await withKey('/v1/images', `Bearer ${key}`)).status).toBe(200);
    expect((await withKey('/v1/images', `bearer  ${key}`)).status).toBe(200);
  });

  test('serves its page under any host name', async () => {
    expect((await rawRequest(service.url, { headers: { host: 'pictures.example' } })).status).toBe(200);
  });

  test('takes the PUT of a ticket without a key, and serves the pictures without one', async () => {
    const bytes = await bytesOf(corners(200, 200).jpeg());
    const request = { contentType: 'image/jpeg', bytes: bytes.length };
    const answer = await withKey('/v1/images', `Bearer ${uploader}`, 'POST', request);
    const { upload } = JSON.parse(answer.text);
    expect((await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: bytes })).status).toBe(200);
    expect((await rawRequest(`${service.url}/images/${nobody}/v1/640w.avif`)).status).toBe(404);
  });

  test('hands out so many tickets a minute to each key, and says when there are more', async () => {
    expect((await withKey('/v1/images', `Bearer ${older}`, 'POST', picture)).status).toBe(201);
    expect((await withKey('/v1/images', `Bearer ${older}`, 'POST', picture)).status).toBe(429);
    const refused = await withKey('/v1/jobs', `Bearer ${older}`, 'POST', { action: 'reprocess', all: true });
    expect([refused.status, problemOf(refused).code]).toEqual([429, 'too-many-requests']);
    expect(refused.headers['retry-after']).toMatch(/^([1-9]|[1-5][0-9]|60)$/);
    expect((await withKey('/v1/images', `Bearer ${older}`)).status).toBe(200);
    expect((await withKey('/v1/images', `Bearer ${newer}`, 'POST', picture)).status).toBe(201);
  });
});

test('a service without keys and with a public address warns of the proxy that makes it so', async () => {
  const warnings = async (environment: Record<string, string>) => {
    const service = await start(environment);
    // Only then is all of its output here.
    await service.stop();
    return service.log().filter(({ level }) => level === 'warn');
  };
  const warned = await warnings({ DARKROOM_PUBLIC_URL: 'http://pictures.example' });
  expect(warned).toMatchObject([{ message: expect.stringContaining('set DARKROOM_API_KEY') }]);
  expect(await warnings({ DARKROOM_PUBLIC_URL: 'http://localhost:1234' })).toEqual([]);
});

describe('the rules of access', () => {
  const open = { host: '127.0.0.1', publicUrl: undefined, keys: [], allowedOrigins: [] };
  const asking = (headers: Record<string, string>, method = 'POST') =>
    ({ method, headers, rawHeaders: Object.entries(headers).flat(), socket: { remoteAddress: '127.0.0.1' } }) as never;
  const noLimit = () => undefined;

  test.each([
    [{ ...open, publicUrl: 'https://pictures.example' }, 'pictures.example', true],
    [{ ...open, publicUrl: 'https://pictures.example' }, 'www.pictures.example', false],
    [{ ...open, host: '127.0.0.9' }, '127.0.0.9:8787', true],
    [open, '127.0.0.9:8787', false],
    [open, 'localhost.evil.example', false],
    [open, 'localhost@evil.example', false],
    [open, 'evil.example#localhost', false],
    [open, '', false],
    [{ ...open, keys: [hashOfKey('any')] }, 'evil.example', true],
  ])('with %j the name %s is ours: %s', (terms, host, ours) => {
    const check = () => accessControl(terms, noLimit).checkHost(asking({ host }));
    if (ours) expect(check).not.toThrow();
    else expect(check).toThrow('does not go by that name');
  });

  test('a call counts for its key, and without keys for the address that it comes from', () => {
    const [one, two] = ['the-key-of-last-month', 'the-key-of-this-month'];
    const access = accessControl({ ...open, keys: [one, two].map(hashOfKey) }, noLimit);
    const callers = [one, two, one].map((key) => access.callerOf(asking({ authorization: `Bearer ${key}` })));
    expect([callers[0] === callers[2], callers[0] === callers[1]]).toEqual([true, false]);
    expect(accessControl(open, noLimit).callerOf(asking({ authorization: `Bearer ${one}` }))).toBe('127.0.0.1');
  });

  test.each([
    // A proxy that ends TLS, with and without passing the name on.
    [{ host: 'pictures.example', origin: 'https://pictures.example', 'sec-fetch-site': 'same-origin' }, true],
    [{ host: '127.0.0.1:8787', origin: 'https://pictures.example', 'sec-fetch-site': 'same-origin' }, true],
    [{ host: 'pictures.example', origin: 'http://pictures.example', 'sec-fetch-site': 'cross-site' }, false],
    [{ host: 'pictures.example', origin: 'https://pictures.example:444' }, false],
    [{ host: 'pictures.example', origin: '' }, false],
  ])('behind https://pictures.example a write with %j is taken: %s', (headers, taken) => {
    const access = accessControl({ ...open, publicUrl: 'https://pictures.example' }, noLimit);
    const check = () => access.checkOrigin(asking(headers as never));
    if (taken) expect(check).not.toThrow();
    else expect(check).toThrow('another origin');
  });
});
