import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addressAsked, requestFromNode, send } from '../../lib/local/node-request.ts';

let server: Server;
let take: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
beforeAll(async () => {
  server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

/** What comes back for these lines, as they are on the wire. */
const exchanged = (...lines: readonly string[]): Promise<string> => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(`${[...lines.slice(0, -1), 'connection: close', '', lines.at(-1)].join('\r\n')}`);
  return text(socket);
};

/** The request of the API that `node:http` and we make of them. */
const requestOf = async (...lines: readonly string[]): Promise<Request | undefined> => {
  const { promise, resolve } = Promise.withResolvers<Request | undefined>();
  take = async (request, response) => {
    resolve(requestFromNode(request, new URL(request.url ?? '/', 'http://here'), await text(request)));
    response.end();
  };
  await exchanged(...lines);
  return promise;
};

describe('A request of node:http becomes a standard request', () => {
  test.each<[string, string[], object]>([
    [
      'with its query',
      ['GET /v1/images?status=ready&limit=5 HTTP/1.1', 'host: here', ''],
      { search: '?status=ready&limit=5' },
    ],
    ['with a header', ['GET / HTTP/1.1', 'host: here', 'Accept: image/avif', ''], { accept: 'image/avif' }],
    [
      'with both values of a header that was sent twice',
      ['GET / HTTP/1.1', 'host: here', 'accept: image/avif', 'accept: image/webp', ''],
      { accept: 'image/avif, image/webp' },
    ],
    [
      'with the first key of two',
      ['GET / HTTP/1.1', 'host: here', 'authorization: Bearer a', 'authorization: Bearer b', ''],
      { key: 'Bearer a' },
    ],
    ['of method HEAD', ['HEAD /v1/images HTTP/1.1', 'host: here', ''], { method: 'HEAD' }],
    ['with its body', ['POST / HTTP/1.1', 'host: here', 'content-length: 2', '{}'], { method: 'POST', body: '{}' }],
    ['without a body', ['POST / HTTP/1.1', 'host: here', 'content-length: 0', ''], { method: 'POST', body: '' }],
    ['without the body of a GET', ['GET / HTTP/1.1', 'host: here', 'content-length: 2', '{}'], { body: '' }],
  ])('%s', async (_what, lines, expected) => {
    const request = await requestOf(...lines);
    const { method = '', url = '', headers } = request ?? {};
    const [accept, key] = [headers?.get('accept'), headers?.get('authorization')];
    const seen = { method, search: new URL(url).search, accept, key, body: await request?.text() };
    expect(seen).toEqual({ method: 'GET', search: '', accept: null, key: null, body: '', ...expected });
  });

  test('unless the standard has no such method', async () => {
    expect(await requestOf('TRACE / HTTP/1.1', 'host: here', '')).toBeUndefined();
  });

  test.each(['\n', '\r\n', '\0'])('unless a header has a character that ends it: %j', (character) => {
    const headers = { accept: `image/avif${character}x-key: admin` };
    expect(requestFromNode({ method: 'GET', headers } as IncomingMessage, new URL('http://here'), '')).toBeUndefined();
  });
});

test.each([
  ['/v1/images?limit=5', '/v1/images?limit=5'],
  ['//x/metrics', '//x/metrics'],
  ['//x:99/v1/images', '//x:99/v1/images'],
  ['///metrics', '///metrics'],
  ['//u:p@h/metrics', '//u:p@h/metrics'],
  ['/@x/metrics', '/@x/metrics'],
  ['/a/../metrics', '/metrics'],
  ['http://x/metrics', '/metrics'],
  ['/v1/images?cursor=\\', '/v1/images?cursor=\\'],
  ['/\\x/metrics', undefined],
  ['/a\\..\\metrics', undefined],
  ['http://', undefined],
])('The request for %s asks for the path that a proxy in front sees', (url, expected) => {
  const address = addressAsked({ url });
  expect(address && address.pathname + address.search).toBe(expected);
});

describe('A standard response becomes an answer of node:http', () => {
  const answerTo = (method: string) => {
    const headers = { 'content-type': 'application/json', 'x-request-id': 'a' };
    take = async (_request, outgoing) => send(new Response('{"a":"ä"}', { status: 404, headers }), outgoing);
    return exchanged(`${method} / HTTP/1.1`, 'host: here', '');
  };

  test('with its status, its headers and its length in bytes', async () => {
    const [head = '', body] = (await answerTo('GET')).split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual(
      expect.arrayContaining([
        'HTTP/1.1 404 Not Found',
        expect.stringMatching(/^content-type: application\/json$/i),
        expect.stringMatching(/^x-request-id: a$/i),
        expect.stringMatching(/^content-length: 10$/i),
      ]),
    );
    expect(body).toBe('{"a":"ä"}');
  });

  test('without its body where HEAD asked', async () => {
    const [head, body] = (await answerTo('HEAD')).split('\r\n\r\n');
    expect(head).toMatch(/^content-length: 10$/im);
    expect(body).toBe('');
  });
});
