import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { apiHandler } from '../../lib/handlers/api.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld } from '../support/world.ts';

type World = Awaited<ReturnType<typeof openWorld>>;
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const tickets = {
  upload: async () => ({ url: 'https://store.example', headers: {} }),
  download: async () => 'https://store.example',
};

const ask = async (path: string, accept = '', method = 'GET') => {
  const api = apiHandler({ ...world, tickets, site: 'https://pictures.example', release: '1' });
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' };
  const event = { headers: { Accept: accept }, rawPath: path, requestContext: { http } };
  const { statusCode, headers } = await api(event as never, { awsRequestId: 'r' } as never);
  return { status: statusCode, location: headers?.location, cacheControl: headers?.['cache-control'] };
};

describe('the way to a variant whose format is left open', () => {
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
      expect(await ask(`/v1/images/${id}/v1/${file}`, accept, method)).toEqual({
        status: 302,
        location: `https://pictures.example/images/${id}/v1/small.${format}`,
        cacheControl: 'public, max-age=31536000, immutable',
      });
  });

  test.each(['v1/huge', 'v2/small', 'v1/small.gif', 'v01/small', 'v1/small.', 'v1/..', '1/small'])(
    'leads nowhere from %s',
    async (end) => {
      expect(await ask(`/v1/images/${id}/${end}`)).toMatchObject({ status: 404, location: undefined });
    },
  );

  test('is there only while the image is, and only once it is ready', async () => {
    const waiting = await world.file();
    expect((await ask(`/v1/images/${waiting}/v1/small`)).status).toBe(404);
    await removeImage(world, id);
    expect((await ask(`/v1/images/${id}/v1/small`)).status).toBe(404);
  });
});
