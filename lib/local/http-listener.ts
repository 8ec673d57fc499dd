import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileObjectStore } from '../adapters/local/file-object-store.ts';
import type { Answer } from '../api/answer.ts';
import { problemResponse } from '../api/problems.ts';
import { deliveryHeaders, missCacheControl } from '../core/delivery.ts';
import { Refusal } from '../core/errors.ts';
import { isVariantOfAnyFormat, parseManifestKey, parseVariantKey } from '../core/keys.ts';
import type { Log } from '../ports.ts';
import type { Access } from './access.ts';
import type { Cors } from './cors.ts';
import { requestOf, send } from './node-request.ts';
import { sendPage } from './page.ts';
import type { RateLimit } from './rate-limit.ts';
import { sendFile } from './send-file.ts';

export type Surfaces = {
  readonly api: Answer;
  readonly originals: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
  readonly variants: FileObjectStore;
  readonly access: Access;
  readonly cors: Cors;
  readonly limit: RateLimit;
  /** The address that tickets and pictures have; undefined when a proxy knows better than we by which name it was called. */
  readonly address: string | undefined;
  readonly log: Log;
};

/** Far more than any request of the contract needs. */
const maxBodyBytes = 256 * 1024;

/** Who answers which path: the API's handlers, the store of originals, the files of variants, or a page. */
export const httpListener =
  (surfaces: Surfaces) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await route(surfaces, request, response);
    } catch (error) {
      if (request.errored || response.destroyed) return;
      if (error instanceof Refusal && !response.headersSent) return refuse(response, error);
      surfaces.log.error('a request could not be answered', { path: request.url, error });
      if (response.headersSent) response.destroy();
      else await refuse(response, new Refusal('unavailable', 'The service cannot answer right now.'));
    }
  };

const route = async (surfaces: Surfaces, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = URL.parse(request.url ?? '/', 'http://local');
  if (!url) return refuse(response, new Refusal('invalid-request', 'The address of this request cannot be read.'));
  const { access, cors } = surfaces;
  access.checkHost(request);
  cors.mark(request, response, url.pathname);
  if (cors.preflight(request, response, url.pathname)) return;
  if (url.pathname.startsWith('/v1/')) return callApi(surfaces, request, response, url);
  if (url.pathname.startsWith('/originals/')) return surfaces.originals(request, response, url);
  if (url.pathname.startsWith('/images/')) return sendVariant(surfaces, request, response, url);
  if (url.pathname === '/' && isAlias(request.headers.host, surfaces.address))
    return void response.writeHead(307, { location: `${surfaces.address}/`, 'cache-control': 'no-store' }).end();
  if (await sendPage(request, response, url)) return;
  refuse(response, new Refusal('not-found', `There is nothing at ${url.pathname}.`));
};

/** To a browser localhost is another origin than the tickets' 127.0.0.1, and the page could not upload from there. */
const isAlias = (host: string | undefined, address: string | undefined): boolean =>
  address !== undefined && host === `localhost:${new URL(address).port}`;

const refuse = (
  response: ServerResponse,
  refusal: Refusal,
  more: Parameters<typeof problemResponse>[1] = {},
): Promise<void> => send(problemResponse(refusal, more), response);

const callApi = async (
  { api, access, limit }: Surfaces,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  access.checkOrigin(request);
  const body = await readBody(request);
  if (body === undefined) return refuse(response, new Refusal('too-large', 'The body of this request is too large.'));
  const asked = requestOf(request, url, body);
  if (!asked)
    return refuse(response, new Refusal('invalid-request', 'The method or a header of this request cannot be read.'));
  const caller = {
    ...access.known(request),
    countCall: () => limit(access.callerOf(request)),
  };
  await send(await api(asked, caller), response);
};

const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8');
};

const sendVariant = async (
  surfaces: Surfaces,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response, new Refusal('invalid-request', 'Pictures can only be read.'), {
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
  const { variants } = surfaces;
  const key = url.pathname.slice(1);
  if (isVariantOfAnyFormat(key)) return callApi(surfaces, request, response, new URL(`/v1/${key}`, url));
  const object = parseVariantKey(key) || parseManifestKey(key) ? await variants.head(key) : undefined;
  if (!object)
    return refuse(response, new Refusal('not-found', 'There is no such picture (yet).'), {
      headers: { 'cache-control': missCacheControl },
    });
  const { contentType, cacheControl } = deliveryHeaders(key);
  await sendFile(request, response, variants, object, { 'content-type': contentType, 'cache-control': cacheControl });
};
