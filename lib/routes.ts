import type { z } from 'zod';
import type { ApiErrorCode } from './core/errors.ts';
import { health, image, imagePage, imagePath, listRequest, ticket, uploadRequest } from './messages.ts';

/** The whole HTTP surface. The router, the stack and the OpenAPI document all read this table. */

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: `/v1/${string}`;
  readonly summary: string;
  /** Without a key when true. */
  readonly open?: true;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly answer: { readonly status: 200 | 201 | 202; readonly schema: z.ZodType };
  /** Refusals beyond those that every route has. */
  readonly refusals: readonly ApiErrorCode[];
};

export const routes = {
  requestUpload: {
    method: 'POST',
    path: '/v1/images',
    summary: 'Ask for a ticket to upload a new image',
    body: uploadRequest,
    answer: { status: 201, schema: ticket },
    refusals: ['invalid-request', 'too-large', 'unsupported-type'],
  },
  listImages: {
    method: 'GET',
    path: '/v1/images',
    summary: 'List images, newest first',
    query: listRequest,
    answer: { status: 200, schema: imagePage },
    refusals: ['invalid-request'],
  },
  findImage: {
    method: 'GET',
    path: '/v1/images/{id}',
    summary: 'Look at one image',
    params: imagePath,
    answer: { status: 200, schema: image },
    refusals: ['not-found'],
  },
  health: {
    method: 'GET',
    path: '/v1/health',
    summary: 'Ask whether the service answers',
    open: true,
    answer: { status: 200, schema: health },
    refusals: [],
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

export type RouteMatch =
  | { readonly name: RouteName; readonly params: Readonly<Record<string, string>> }
  | { readonly name: undefined; readonly allow: readonly string[] };

/** Which route a request is for; where none is, the methods that its path does have. */
export const matchRoute = (method: string, path: string): RouteMatch => {
  const allow: string[] = [];
  for (const [name, route] of Object.entries(routes)) {
    const params = matchPath(route.path, path);
    if (params && route.method === method) return { name: name as RouteName, params };
    if (params) allow.push(route.method);
  }
  return { name: undefined, allow };
};

const matchPath = (template: string, path: string): Record<string, string> | undefined => {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
};
