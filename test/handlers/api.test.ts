import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { apiHandler } from '../../lib/handlers/api.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld } from '../support/world.ts';

type World = Awaited<ReturnType<typeof openWorld>>;
let world: World;
let logged: string[];

beforeEach(async () => {
  world = await openWorld();
  logged = [];
});
afterEach(() => world.close());

const tickets = {
  upload: async (key: string) => ({ url: `https://store.example/${key}`, headers: {} }),
  download: async (key: string) => `https://store.example/${key}`,
};

const ask = async (
  method: string,
  path: string,
  more: Partial<APIGatewayProxyEventV2> = {},
  other: Partial<World> = {},
) => {
  const log = { ...world.log, error: (message: string) => void logged.push(message) };
  const api = apiHandler({
    ...world,
    ...other,
    log,
    tickets,
    site: 'https://pictures.example',
    release: '9.9.9',
    look: async () => [],
  });
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' };
  const event = { headers: {}, rawPath: path, requestContext: { http }, ...more } as APIGatewayProxyEventV2;
  const { statusCode, headers, body = '' } = await api(event, { awsRequestId: 'r' } as Context);
  return { status: statusCode, headers, body: body.startsWith('{') ? JSON.parse(body) : body };
};

describe('the API', () => {
  test('answers unavailable when the catalogue does, and logs why, once', async () => {
    const catalogue = {
      ...world.catalogue,
      find: () => Promise.reject(new Error('the disk is on fire')),
    };
    const { status, headers, body } = await ask('GET', `/v1/images/${'a'.repeat(26)}`, {}, { catalogue });
    expect([status, body.code, headers?.['retry-after']]).toEqual([503, 'unavailable', '5']);
    expect(JSON.stringify(body)).not.toContain('fire');
    expect(logged).toEqual(['a request could not be answered']);
  });

  test('does not call a job that is not there an image', async () => {
    for (const id of ['nonsense', 'a'.repeat(26)]) {
      const { status, body } = await ask('GET', `/v1/jobs/${id}`);
      expect([status, body.code]).toEqual([404, 'not-found']);
      expect(body.detail).not.toMatch(/image/);
    }
  });

  test.each(['', '0', '101', '-1', '1.5', '0x10', '1e1', ' 5', '5,5', 'ten'])('takes no limit of %j', async (limit) => {
    const { status, body } = await ask('GET', '/v1/images', { queryStringParameters: { limit } });
    expect([status, body.code, body.errors[0].path]).toEqual([400, 'invalid-request', 'limit']);
  });

  test('describes itself by the configuration that it runs with', async () => {
    const config = { ...world.config, limits: { ...world.config.limits, maxBytes: 77 } };
    const { status, headers, body } = await ask('GET', '/v1/openapi.json', {}, { config });
    expect([status, headers?.['content-type']]).toEqual([200, 'application/json']);
    expect(body.info.version).toBe('9.9.9');
    expect(body.components.schemas.UploadRequest.properties.bytes.maximum).toBe(77);
  });

  test('answers with a page where a row of the table says so', async () => {
    const { status, headers, body } = await ask('GET', '/v1/docs');
    expect([status, headers?.['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(body).toMatch(/^<!doctype html>/);
  });
});

describe('the way to a variant whose format is left open', () => {
  const way = async (path: string, accept = '', method = 'GET') => {
    const { status, headers } = await ask(method, path, { headers: { Accept: accept } });
    return { status, location: headers?.location, cacheControl: headers?.['cache-control'] };
  };
  let id: string;
  beforeEach(async () => {
    id = await world.arrive(await bytesOf(noise(200, 150).jpeg()));
    await sweep(world, 0);
    await world.drain();
  });

  // The preset has jpeg and webp for this picture; the edge asks with the format that it filled in.
  test.each([
    ['small', 'image/avif,image/webp', 'webp'],
    ['small', '*/*', 'jpeg'],
    ['small.avif', '', 'webp'],
    ['small.webp', '', 'webp'],
    ['small.jpeg', '', 'jpeg'],
    ['small.png', '', 'jpeg'],
    ['small.jpeg', 'image/webp', 'jpeg'],
  ])('leads from %s with Accept: %j to the %s', async (file, accept, format) => {
    for (const method of ['GET', 'HEAD'])
      expect(await way(`/v1/images/${id}/v1/${file}`, accept, method)).toEqual({
        status: 302,
        location: `https://pictures.example/images/${id}/v1/small.${format}`,
        cacheControl: 'public, max-age=31536000, immutable',
      });
  });

  test.each(['v1/huge', 'v2/small', 'v1/small.gif', 'v01/small', 'v1/small.', 'v1/..', '1/small'])(
    'leads nowhere from %s',
    async (end) => {
      expect(await way(`/v1/images/${id}/${end}`)).toMatchObject({ status: 404, location: undefined });
    },
  );

  test('is there only while the image is, and only once it is ready', async () => {
    const waiting = await world.file();
    expect((await way(`/v1/images/${waiting}/v1/small`)).status).toBe(404);
    await removeImage(world, id);
    expect((await way(`/v1/images/${id}/v1/small`)).status).toBe(404);
  });
});
