import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { problemResponse } from '../api/problems.ts';
import { bearerKey, isKnownKey } from '../core/api-keys.ts';
import { Refusal } from '../core/errors.ts';
import { isVariantOfAnyFormat } from '../core/object-keys.ts';
import { matchRoute, type RouteName } from '../routes.ts';
import type { Access } from './access.ts';
import type { Metrics } from './metrics.ts';
import { send } from './node-request.ts';
import { uploadResult } from './upload-result.ts';

export type MetricsEndpoint = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * `GET /metrics`, with a key of the API that has all rights, or with the key that opens nothing else. That a request comes
 * from this machine proves nothing: it may come through a proxy.
 */
export const metricsEndpoint =
  (metrics: Pick<Metrics, 'page'>, access: Access, keyHash: string | undefined): MetricsEndpoint =>
  async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const refusal = new Refusal('invalid-request', 'Metrics can only be read. Send a GET.');
      return send(problemResponse(refusal, { status: 405, headers: { allow: 'GET, HEAD' } }), response);
    }
    const key = bearerKey(request.headers.authorization);
    const isTheirs = keyHash !== undefined && key !== undefined && isKnownKey([keyHash], key);
    const { isKnown, grant } = access.known(request);
    if (!isTheirs && !isKnown) {
      access.countWrongKey(request);
      throw new Refusal('unauthorized', 'Send a valid key: authorization: Bearer <key>.');
    }
    // The counts are about all collections.
    if (!isTheirs && grant)
      throw new Refusal('forbidden', 'A key with limited rights does not open the metrics. Use DARKROOM_METRICS_KEY.');
    const { text, contentType } = await metrics.page();
    response.writeHead(200, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  };

/** Counts every request when its answer has ended. */
export const counted =
  (metrics: Pick<Metrics, 'request' | 'upload'>, listener: RoutedListener): RequestListener =>
  (request, response) => {
    const began = performance.now();
    let found: Parameters<RouteFound>[0] | undefined;
    response.on('close', () => {
      const status = response.headersSent ? response.statusCode : undefined;
      const route = found ?? routeOf(request.method ?? '', request.url ?? '/');
      metrics.request(route, `${status ?? 'aborted'}`, (performance.now() - began) / 1000);
      if (route === 'putOriginal') metrics.upload(uploadResult(status), Number(request.headers['content-length'] ?? 0));
    });
    return listener(request, response, (route) => {
      found = route;
    });
  };

/** Takes the route that was found on the way to the answer, so that it is not looked up again. */
export type RouteFound = (route: RouteName | 'variant' | 'other') => void;
type RoutedListener = (request: IncomingMessage, response: ServerResponse, found: RouteFound) => Promise<void>;

/**
 * Of a request that did not reach the API, where the route is found. A name of a closed set: what strangers may invent must not
 * become labels.
 */
const routeOf = (method: string, target: string): string => {
  const path = URL.parse(target, 'http://local')?.pathname ?? '';
  if (path.startsWith('/v1/')) return matchRoute(method, path).name ?? 'other';
  if (path.startsWith('/originals/')) return method === 'PUT' ? 'putOriginal' : 'getOriginal';
  if (path.startsWith('/images/')) return isVariantOfAnyFormat(path.slice(1)) ? 'variantOfAnyFormat' : 'variant';
  return path === '/metrics' ? 'metrics' : 'other';
};
