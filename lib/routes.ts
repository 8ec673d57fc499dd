import type { z } from 'zod';
import type { ApiErrorCode } from './core/errors.ts';
import {
  download,
  health,
  image,
  imagePage,
  imagePath,
  job,
  jobPath,
  jobRequest,
  listRequest,
  receipt,
  reprocessRequest,
  ticket,
  uploadRequest,
  versionStarted,
} from './messages.ts';

/** The whole HTTP surface. The router, the stack and the OpenAPI document all read this table. */

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: `/v1/${string}`;
  readonly summary: string;
  /** Without a key when true. */
  readonly open?: true;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** A repeat under the same Idempotency-Key gets what the first request made. */
  readonly idempotent?: true;
  /** Hands out a ticket, or starts work that costs; limited per client. */
  readonly limited?: true;
  readonly answer: { readonly status: 200 | 201 | 202; readonly schema: z.ZodType };
  /** Beyond `invalid-request`, `unauthorized` (unless open), `too-many-requests` and `unavailable`, which any may give. */
  readonly refusals: readonly ApiErrorCode[];
};

export const routes = {
  requestUpload: {
    method: 'POST',
    path: '/v1/images',
    summary: 'Ask for a ticket to upload a new image',
    body: uploadRequest,
    idempotent: true,
    limited: true,
    answer: { status: 201, schema: ticket },
    refusals: ['conflict', 'too-large', 'unsupported-type'],
  },
  listImages: {
    method: 'GET',
    path: '/v1/images',
    summary: 'List images, newest first',
    query: listRequest,
    answer: { status: 200, schema: imagePage },
    refusals: [],
  },
  findImage: {
    method: 'GET',
    path: '/v1/images/{id}',
    summary: 'Look at one image',
    params: imagePath,
    answer: { status: 200, schema: image },
    refusals: ['not-found'],
  },
  removeImage: {
    method: 'DELETE',
    path: '/v1/images/{id}',
    summary: 'Delete an image with every version of it',
    params: imagePath,
    answer: { status: 200, schema: receipt },
    refusals: ['not-found'],
  },
  requestVersion: {
    method: 'POST',
    path: '/v1/images/{id}/versions',
    summary: 'Ask for a ticket to upload the next version of an image',
    params: imagePath,
    body: uploadRequest,
    idempotent: true,
    limited: true,
    answer: { status: 201, schema: ticket },
    refusals: ['not-found', 'conflict', 'too-large', 'unsupported-type'],
  },
  reprocess: {
    method: 'POST',
    path: '/v1/images/{id}/reprocess',
    summary: 'Make the next version from the stored original',
    params: imagePath,
    body: reprocessRequest,
    idempotent: true,
    limited: true,
    answer: { status: 202, schema: versionStarted },
    refusals: ['not-found', 'conflict'],
  },
  downloadOriginal: {
    method: 'GET',
    path: '/v1/images/{id}/original',
    summary: 'Get a signed URL to download the original',
    params: imagePath,
    answer: { status: 200, schema: download },
    refusals: ['not-found'],
  },
  startJob: {
    method: 'POST',
    path: '/v1/jobs',
    summary: 'Reprocess many images',
    body: jobRequest,
    idempotent: true,
    limited: true,
    answer: { status: 202, schema: job },
    refusals: ['conflict'],
  },
  findJob: {
    method: 'GET',
    path: '/v1/jobs/{id}',
    summary: 'See how far a job has come',
    params: jobPath,
    answer: { status: 200, schema: job },
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
