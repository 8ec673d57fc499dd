import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFrontClientConfig } from '@aws-sdk/client-cloudfront';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { cloudfrontEdge } from '../../../lib/adapters/aws/cloudfront-edge.ts';
import { deliveryHeaders } from '../../../lib/core/delivery.ts';
import { variantKey } from '../../../lib/core/object-keys.ts';
import type { Edge } from '../../../lib/ports.ts';

type Order = { readonly path: string | undefined; readonly reference: string; readonly paths: readonly string[] };

let server: Server;
let edge: Edge;
let settings: CloudFrontClientConfig;
let orders: Order[];
/** How many more paths CloudFront has room for, and what it says instead of an answer. */
let room: number;
/** So many answers get lost. */
let lost: number;
let trouble: { readonly status: number; readonly code: string } | undefined;

const problem = (code: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>No.</Message></Error></ErrorResponse>`;

/** As much of CloudFront as takes invalidations or refuses them. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const paths = [...body.matchAll(/<Path>([^<]*)<\/Path>/g)].map(([, path = '']) => path);
    const reference = /<CallerReference>([^<]*)</.exec(body)?.[1] ?? '';
    response.setHeader('content-type', 'text/xml');
    if (trouble) return response.writeHead(trouble.status).end(problem(trouble.code));
    if (paths.length > room) return response.writeHead(400).end(problem('TooManyInvalidationsInProgress'));
    room -= paths.length;
    orders.push({ path: request.url, reference, paths });
    if (lost-- > 0) return response.writeHead(500).end();
    return response.writeHead(201).end('<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  settings = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  };
  edge = cloudfrontEdge(settings, 'E123', async () => undefined);
});
afterAll(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});
beforeEach(() => {
  orders = [];
  room = 3000;
  lost = 0;
  trouble = undefined;
});

const ids = (count: number) => Array.from({ length: count }, (_, at) => String.fromCharCode(97 + at).repeat(26));

test('CloudFront gets one tag for each image, the one that every file of the image carries', async () => {
  expect(await edge.forget(ids(2), 'deleted')).toBe(2);
  const carried = ids(2).map(
    (id) => deliveryHeaders(variantKey({ id, version: 3, name: '640w', format: 'avif' })).cacheTag,
  );
  expect(orders).toEqual([
    {
      path: '/2020-05-31/distribution/E123/invalidation',
      reference: expect.any(String),
      paths: carried.map((tag) => `#${tag}`),
    },
  ]);
});

test('CloudFront never gets more tags at once than it takes in a second', () => {
  expect(edge.atOnce).toBe(150);
});

test('CloudFront gets the next order when it has had its rest', async () => {
  let rested = (): void => undefined;
  const patient = cloudfrontEdge(settings, 'E123', () => new Promise<void>((resolve) => (rested = resolve)));
  await patient.forget(ids(1), 'deleted');
  const second = patient.forget(ids(2), 'deleted');
  await edge.forget(ids(3), 'deleted');
  rested();
  await second;
  expect(orders.map(({ paths }) => paths.length)).toEqual([1, 3, 2]);
});

test('each order has a reference of its own, also the same one again: a file may have been fetched since', async () => {
  await edge.forget(ids(2), 'deleted');
  await edge.forget(ids(2), 'deleted');
  await edge.forget(ids(2), 'late');
  expect(new Set(orders.map(({ reference }) => reference)).size).toBe(3);
});

test('an order whose answer was lost is repeated by the client under the same reference, which CloudFront does once', async () => {
  lost = 1;
  await cloudfrontEdge({ ...settings, maxAttempts: 2 }, 'E123').forget(ids(2), 'deleted');
  expect(orders).toHaveLength(2);
  expect(new Set(orders.map(({ reference }) => reference)).size).toBe(1);
});

test.each([
  [15, 15, 15],
  [14, 15, 7],
  [3, 15, 3],
  [1, 2, 1],
  [0, 15, 0],
])('with room for %i tags, of an order of %i CloudFront takes on the first %i', async (left, asked, taken) => {
  room = left;
  expect(await edge.forget(ids(asked), 'deleted')).toBe(taken);
  expect(orders.flatMap(({ paths }) => paths)).toEqual(ids(taken).map((id) => `#${id}`));
});

test.each([
  { status: 400, code: 'Throttling' },
  { status: 503, code: 'SlowDown' },
  { status: 429, code: 'AnotherName' },
])('a CloudFront that has had too many in a second counts as busy: %j', async (said) => {
  trouble = said;
  expect(await edge.forget(ids(3), 'deleted')).toBe(0);
});

test('so does one of whose answer the SDK says that it is a throttle', async () => {
  const throttle = Object.assign(new Error('No.'), { name: 'AnotherName', $retryable: { throttling: true } });
  const requestHandler = { handle: () => Promise.reject(throttle) };
  expect(await cloudfrontEdge({ ...settings, requestHandler }, 'E123').forget(ids(3), 'deleted')).toBe(0);
});

test.each([
  { status: 403, code: 'AccessDenied' },
  { status: 404, code: 'NoSuchDistribution' },
  { status: 503, code: 'ServiceUnavailable' },
])('trouble with CloudFront rejects: %j', async (said) => {
  trouble = said;
  await expect(edge.forget(ids(1), 'deleted')).rejects.toMatchObject({ name: said.code });
});
