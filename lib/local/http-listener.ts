import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RememberedFile, RememberingStore } from '../adapters/local/remembered-files.ts';
import { type Answer, unavailable, unreadable } from '../api/answer.ts';
import { problemResponse } from '../api/problems.ts';
import { deliveryHeaders, missCacheControl } from '../core/delivery.ts';
import { Refusal } from '../core/errors.ts';
import { isVariantOfAnyFormat, parseManifestKey, parseVariantKey } from '../core/object-keys.ts';
import type { Chance, Log, ServedStore } from '../ports.ts';
import type { Access } from './access.ts';
import type { ArrivalsEndpoint } from './arrivals.ts';
import { type Cors, forAnyOrigin } from './cors.ts';
import type { MetricsEndpoint, RouteFound } from './metrics-endpoint.ts';
import { addressAsked, requestFromNode, send } from './node-request.ts';
import { type PageOrigins, sendPage } from './page.ts';
import type { RateLimit } from './rate-limit.ts';
import { noteRequestId, requestIds } from './request-ids.ts';
import { expectNoBody, welcome } from './rest-of-body.ts';
import { asksForWhole, headersOfFile, sendFile } from './send-file.ts';

export type Surfaces = {
  readonly api: Answer;
  readonly originals: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
  readonly variants: ServedStore & Partial<RememberingStore>;
  /** Takes the notifications of a bucket, where uploads go to one. */
  readonly arrivals: ArrivalsEndpoint | undefined;
  readonly pageOrigins: PageOrigins;
  readonly metrics: MetricsEndpoint;
  readonly access: Access;
  readonly cors: Cors;
  readonly limit: RateLimit;
  /**
   * The address in tickets and pictures; undefined if a public URL is configured, because then a proxy decides about
   * names.
   */
  readonly address: string | undefined;
  readonly chance: Chance;
  readonly log: Log;
};

/** One request with all that it takes to answer it. */
type Exchange = Surfaces & {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly requestId: string;
  readonly found: RouteFound | undefined;
};

/** Far more than any request of the contract needs. */
const maxBodyBytes = 256 * 1024;

/** Who answers which path: the files of variants, the store of originals, the metrics, a page, or the API. */
export const httpListener = (surfaces: Surfaces) => {
  const nextId = requestIds(surfaces.chance);
  return async (request: IncomingMessage, response: ServerResponse, found?: RouteFound): Promise<void> => {
    const requestId = nextId();
    noteRequestId(response, requestId);
    if (sendAgain(surfaces, request, response, requestId)) return found?.('variant');
    response.setHeader('x-request-id', requestId);
    expectNoBody(request, response);
    // The query of a signed URL opens what the URL is for: it is never logged.
    const url = addressAsked(request);
    try {
      if (!url) throw new Refusal('invalid-request', 'The address of this request cannot be read.');
      await route({ ...surfaces, request, response, url, requestId, found });
    } catch (error) {
      if (request.socket.destroyed) return;
      if (error instanceof Refusal && !response.headersSent) return refuse(response, error);
      surfaces.log.error('a request could not be answered', {
        requestId,
        method: request.method,
        path: url?.pathname,
        error,
      });
      if (response.headersSent) response.destroy();
      else await refuse(response, unavailable(error));
    }
  };
};

const route = async (exchange: Exchange): Promise<void> => {
  const { access, cors, request, response, url } = exchange;
  // The store may know this machine by another name, and what it posts is only a hint.
  if (url.pathname === '/arrivals' && exchange.arrivals && request.method === 'POST')
    return exchange.arrivals(request, response, await readBody(request));
  access.checkHost(request);
  cors.mark(request, response, url.pathname);
  if (cors.preflight(request, response, url.pathname)) return;
  if (url.pathname.startsWith('/v1/')) return callApi(exchange);
  if (url.pathname.startsWith('/originals/')) return exchange.originals(request, response, url);
  if (url.pathname.startsWith('/images/')) return sendVariant(exchange);
  if (url.pathname === '/metrics') return exchange.metrics(request, response);
  if (url.pathname === '/' && isAlias(request.headers.host, exchange.address))
    return void response.writeHead(307, { location: `${exchange.address}/`, 'cache-control': 'no-store' }).end();
  if (await sendPage(request, response, url, exchange.pageOrigins)) return;
  await refuse(response, new Refusal('not-found', `There is nothing at ${url.pathname}.`));
};

/** To a browser localhost is another origin than the tickets' 127.0.0.1, and the page could not upload from there. */
const isAlias = (host: string | undefined, address: string | undefined): boolean =>
  address !== undefined && host === `localhost:${new URL(address).port}`;

const refuse = (
  response: ServerResponse,
  refusal: Refusal,
  more: Parameters<typeof problemResponse>[1] = {},
): Promise<void> => send(problemResponse(refusal, more), response);

const callApi = async (exchange: Exchange): Promise<void> => {
  const { api, access, limit, request, response, url, requestId } = exchange;
  access.checkOrigin(request);
  welcome(request, response);
  const asked = requestFromNode(request, url, await readBody(request));
  if (!asked) return send(unreadable(request.method ?? '', url.pathname), response);
  const caller = {
    ...access.known(request),
    countWrongKey: () => access.countWrongKey(request),
    countCall: () => limit(access.callerOf(request)),
    requestId,
    found: exchange.found,
  };
  await send(await api(asked, caller), response);
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new Refusal('too-large', 'The body of this request is too large.');
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new Refusal('invalid-request', 'The body is not valid UTF-8, which JSON has to be.', { cause });
  }
};

const sendVariant = async (exchange: Exchange): Promise<void> => {
  const { variants, request, response, url } = exchange;
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response, new Refusal('invalid-request', 'Pictures can only be read.'), {
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
  const key = url.pathname.slice(1);
  if (isVariantOfAnyFormat(key)) return callApi({ ...exchange, url: new URL(`/v1/${key}`, url), found: undefined });
  const object = parseVariantKey(key) || parseManifestKey(key) ? await variants.head(key) : undefined;
  if (!object)
    return refuse(response, new Refusal('not-found', 'There is no such picture (yet).'), {
      headers: { 'cache-control': missCacheControl },
    });
  await sendFile(request, response, variants, object, headersOfKey(key));
};

const headersOfKey = (key: string): Readonly<Record<string, string>> => {
  const { contentType, cacheControl } = deliveryHeaders(key);
  return { 'content-type': contentType, 'cache-control': cacheControl };
};

/**
 * Answers the usual request from memory: the whole of a variant that was sent a moment ago. It takes less than half of the
 * time of the long way, and sends the same. False where there is more to look at.
 */
const sendAgain = (
  { access, variants }: Surfaces,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): boolean => {
  if (!asksForWhole(request) || !access.isRightHost(request)) return false;
  const file = variants.remembered?.(request.url?.slice(1) ?? '');
  if (!file) return false;
  response.writeHead(200, [...headersOfWhole(file), 'x-request-id', requestId]).end(file.content);
  return true;
};

/** Names and values by turns. They are the same for as long as the file is. */
const headersOfWhole = (file: RememberedFile): readonly string[] => {
  const known = wholeHeaders.get(file);
  if (known) return known;
  const all = { ...forAnyOrigin, ...headersOfKey(file.key), ...headersOfFile(file), 'content-length': `${file.bytes}` };
  const list = Object.entries(all).flat();
  wholeHeaders.set(file, list);
  return list;
};
const wholeHeaders = new WeakMap<RememberedFile, readonly string[]>();
