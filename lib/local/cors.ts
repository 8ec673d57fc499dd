import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../core/errors.ts';
import { type Route, routes } from '../routes.ts';

/**
 * Which pages may read and send what, in the same words as the AWS home: pictures are for every page, the API and the
 * tickets for those of the listed origins.
 */
export type Cors = {
  /** Tells the browser whether a page may have the answer that is about to be sent. */
  readonly mark: (request: IncomingMessage, response: ServerResponse, path: string) => void;
  /** Answers a browser that asks beforehand; false when this request is no such question. Throws a Refusal. */
  readonly preflight: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
};

type Surface = {
  readonly prefix: string;
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposed?: readonly string[];
  readonly anyOrigin?: true;
};

const surfaces: readonly Surface[] = [
  {
    prefix: '/v1/',
    methods: [...new Set(Object.values<Route>(routes).map(({ method }) => method))],
    headers: ['authorization', 'content-type', 'idempotency-key'],
    exposed: ['retry-after', 'x-request-id'],
  },
  {
    prefix: '/originals/',
    methods: ['PUT'],
    // Exactly what a ticket asks for.
    headers: ['content-type', 'if-none-match', 'x-amz-checksum-sha256'],
    exposed: ['etag', 'retry-after', 'x-request-id'],
  },
  { prefix: '/images/', methods: ['GET', 'HEAD'], headers: ['*'], anyOrigin: true },
];

/** On every answer below the addresses of pictures. */
export const forAnyOrigin = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
} as const;

const dayS = 24 * 3600;
const hourS = 3600;

export const corsFor = (allowedOrigins: readonly string[]): Cors => {
  const allowed = new Set(allowedOrigins);
  const surfaceOf = (path: string) => surfaces.find(({ prefix }) => path.startsWith(prefix));

  return {
    mark: ({ method = '', headers: { origin } }, response, path) => {
      const surface = surfaceOf(path);
      if (!surface) return;
      if (surface.anyOrigin) {
        for (const [name, value] of Object.entries(forAnyOrigin)) response.setHeader(name, value);
        return;
      }
      // Also when there is no origin: a cache must not hand the answer on to a page that has one.
      response.setHeader('vary', 'origin');
      const takes = method === 'OPTIONS' || surface.methods.includes(method);
      if (!takes || origin === undefined || !allowed.has(origin)) return;
      response.setHeader('access-control-allow-origin', origin);
      if (surface.exposed) response.setHeader('access-control-expose-headers', surface.exposed.join(', '));
    },

    preflight: ({ method, headers }, response, path) => {
      const surface = surfaceOf(path);
      const asks = method === 'OPTIONS' && headers.origin !== undefined;
      if (!surface || !asks || headers['access-control-request-method'] === undefined) return false;
      if (!surface.anyOrigin && !allowed.has(headers.origin ?? ''))
        throw new Refusal(
          'invalid-request',
          'Pages of this origin may not call this service. Add the origin to DARKROOM_ALLOWED_ORIGINS if they may.',
        );
      response.setHeader('access-control-allow-methods', surface.methods.join(', '));
      response.setHeader('access-control-allow-headers', surface.headers.join(', '));
      response.setHeader('access-control-max-age', surface.anyOrigin ? dayS : hourS);
      response.writeHead(204).end();
      return true;
    },
  };
};
