import type { z } from 'zod';
import {
  download,
  health,
  image,
  imagePage,
  job,
  jobPage,
  openApi,
  receipt,
  recentFigures,
  ticket,
  versionStarted,
} from './contract/answers.ts';
import {
  figuresRequest,
  imagePath,
  imageRequest,
  jobListRequest,
  jobPath,
  jobRequest,
  listRequest,
  reprocessRequest,
  resumeRequest,
  uploadRequest,
  variantPath,
} from './contract/requests.ts';
import type { ApiErrorCode } from './core/errors.ts';
import type { Right } from './core/grants.ts';

/** The whole HTTP surface. The router, the stack and the OpenAPI document all read this table. */

export type Tag = 'Images' | 'Jobs' | 'Service';

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: `/v1/${string}`;
  /** The part of the API's description under which it stands. */
  readonly tag: Tag;
  readonly summary: string;
  /** What a first-time caller has to know, as Markdown. */
  readonly description: string;
  /** Without a key: for everyone, or for the holder of the watch token of the image (docs/decisions.md#watch-path). */
  readonly open?: true | 'watch';
  /** What a key of limited rights must be allowed; none is needed where the route is open. */
  readonly right?: Right;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** A repeat under the same Idempotency-Key gets what the first request made. */
  readonly idempotent?: true;
  /** Hands out a ticket, or starts work that costs; limited per client. */
  readonly limited?: true;
  /** JSON of this schema, a page for people, or a redirect. */
  readonly answer:
    | { readonly status: 200 | 201 | 202; readonly schema: z.ZodType; readonly whenUnavailable?: 503 }
    | { readonly status: 200; readonly contentType: 'text/html; charset=utf-8' }
    | { readonly status: 302 };
  /** Beyond `invalid-request`, `unauthorized` and `forbidden` (unless open), `too-many-requests` and `unavailable`, which any may give. */
  readonly refusals: readonly ApiErrorCode[];
};

export const routes = {
  requestUpload: {
    method: 'POST',
    path: '/v1/images',
    tag: 'Images',
    right: 'upload',
    summary: 'Ask for a ticket to upload a new image',
    description:
      'Answers with the one `PUT` request that the store accepts, for a few minutes, once: send it exactly the `headers` of the ticket and the file as the body. The store answers 200; 403 when the ticket has expired or the request differs from it in length, type or headers; 412 when the file is there already; 400 when the bytes do not match the digest. A refused or broken `PUT` leaves nothing behind and may be repeated. Then ask for the image until its status is final.',
    body: uploadRequest,
    idempotent: true,
    limited: true,
    answer: { status: 201, schema: ticket },
    refusals: ['conflict', 'too-large', 'unsupported-type'],
  },
  listImages: {
    method: 'GET',
    path: '/v1/images',
    tag: 'Images',
    right: 'read',
    summary: 'List images, newest or oldest first',
    description:
      'Pages stay stable while images are added: follow `nextCursor` until it is null, with the same `status`, `collection` and `order`. With several statuses, one call finds every image that is not ready: `status=pending,processing,retrying,failed,expired`.',
    query: listRequest,
    answer: { status: 200, schema: imagePage },
    refusals: [],
  },
  findImage: {
    method: 'GET',
    path: '/v1/images/{id}',
    tag: 'Images',
    right: 'read',
    summary: 'Look at one image',
    description:
      'Ask again while `status` is `pending`, `processing` or `retrying`; begin with a fraction of a second between two questions and lengthen it.',
    params: imagePath,
    query: imageRequest,
    answer: { status: 200, schema: image },
    refusals: ['not-found'],
  },
  findUpload: {
    method: 'GET',
    path: '/v1/uploads/{id}',
    tag: 'Images',
    summary: 'Look at one image with the token of its ticket',
    description:
      'The answer of `GET /v1/images/{id}`, for a page without a key: send the `watch.token` of the ticket as `Authorization: Bearer <token>`. No key and no token of an issuer is taken here, so a gateway that accepts only the tokens of its issuer can leave this path open.',
    open: 'watch',
    params: imagePath,
    query: imageRequest,
    answer: { status: 200, schema: image },
    refusals: ['not-found'],
  },
  removeImage: {
    method: 'DELETE',
    path: '/v1/images/{id}',
    tag: 'Images',
    right: 'manage',
    summary: 'Delete an image with every version of it',
    description:
      'Renders that are still under way end without a trace. A CDN in front forgets the pictures too: `purged` is `pending`, and the event `image.purged` says that it has been told. From the first answer on the image is a 404, also for a repeated deletion. Browsers that have a variant may keep it.',
    params: imagePath,
    answer: { status: 200, schema: receipt },
    refusals: ['not-found'],
  },
  requestVersion: {
    method: 'POST',
    path: '/v1/images/{id}/versions',
    tag: 'Images',
    right: 'manage',
    summary: 'Ask for a ticket to upload the next version of an image',
    description:
      'As for a new image. The version before stays what people see until the new one is ready, and stays it when the new one fails. `filename` and `collection`, when given, replace those of the image.',
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
    tag: 'Images',
    right: 'manage',
    summary: 'Make the next version from the stored original',
    description:
      'For another preset, or after the recipe has changed. The version before stays what people see until the new one is ready.',
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
    tag: 'Images',
    right: 'read',
    summary: 'Get a signed URL to download the original',
    description: 'The URL answers with the bytes as they were uploaded, as an attachment with the original file name.',
    params: imagePath,
    answer: { status: 200, schema: download },
    refusals: ['not-found'],
  },
  findVariant: {
    method: 'GET',
    path: '/v1/images/{id}/{version}/{file}',
    tag: 'Images',
    summary: 'Be sent to the format of a variant that suits the viewer',
    description:
      'The address of a variant may leave its format open: `/images/{id}/v{version}/{name}` where the variants are served. The server of the variants asks here when the formats depend on the kind of the picture. Needs no key, like the variants themselves.',
    open: true,
    params: variantPath,
    answer: { status: 302 },
    refusals: ['not-found'],
  },
  startJob: {
    method: 'POST',
    path: '/v1/jobs',
    tag: 'Jobs',
    right: 'manage',
    summary: 'Reprocess many images',
    description:
      'The work goes on in the background, paced so that fresh uploads do not wait for it. A dry run predicts what it would take.',
    body: jobRequest,
    idempotent: true,
    limited: true,
    answer: { status: 202, schema: job },
    refusals: ['conflict'],
  },
  findJob: {
    method: 'GET',
    path: '/v1/jobs/{id}',
    tag: 'Jobs',
    right: 'manage',
    summary: 'See how far a job has come',
    description: 'Ask again until `status` is `done` or `cancelled`.',
    params: jobPath,
    answer: { status: 200, schema: job },
    refusals: ['not-found'],
  },
  listJobs: {
    method: 'GET',
    path: '/v1/jobs',
    tag: 'Jobs',
    right: 'manage',
    summary: 'List jobs, newest first',
    description: 'Follow `nextCursor` until it is null.',
    query: jobListRequest,
    answer: { status: 200, schema: jobPage },
    refusals: [],
  },
  pauseJob: {
    method: 'POST',
    path: '/v1/jobs/{id}/pause',
    tag: 'Jobs',
    right: 'manage',
    summary: 'Pause a job',
    description:
      'No further image goes to the renderers until the job is resumed. A job that is paused already stays so; one at its end is a conflict.',
    params: jobPath,
    answer: { status: 200, schema: job },
    refusals: ['not-found', 'conflict'],
  },
  resumeJob: {
    method: 'POST',
    path: '/v1/jobs/{id}/resume',
    tag: 'Jobs',
    right: 'manage',
    summary: 'Go on with a paused job',
    description:
      'The job goes on where it was paused, with another budget if one is given. A job that is running already stays so. One at its end is a conflict, and so is one whose budget is used up and not raised.',
    params: jobPath,
    body: resumeRequest,
    answer: { status: 200, schema: job },
    refusals: ['not-found', 'conflict'],
  },
  cancelJob: {
    method: 'POST',
    path: '/v1/jobs/{id}/cancel',
    tag: 'Jobs',
    right: 'manage',
    summary: 'Cancel a job',
    description:
      'No further image is reprocessed; versions that were made stay. A cancelled job cannot be resumed. One that is done is a conflict.',
    params: jobPath,
    answer: { status: 200, schema: job },
    refusals: ['not-found', 'conflict'],
  },
  health: {
    method: 'GET',
    path: '/v1/health',
    tag: 'Service',
    summary: 'Ask how the service is',
    description:
      'Needs no key. With status 503 when a request for a ticket would be refused; pictures are served all the same.',
    open: true,
    answer: { status: 200, whenUnavailable: 503, schema: health },
    refusals: [],
  },
  figures: {
    method: 'GET',
    path: '/v1/figures',
    tag: 'Service',
    right: 'manage',
    summary: 'See how the service has been doing',
    description:
      'Throughput, queue and times of the last hour as series, and what there is now: for a page to draw. It is about all collections. On one box the series move every ten seconds; in the AWS home they come from CloudWatch, once a minute and about two minutes late. For alerts, read `/metrics` on one box, and use the alarms of the stack on AWS.',
    query: figuresRequest,
    answer: { status: 200, schema: recentFigures },
    refusals: [],
  },
  openapi: {
    method: 'GET',
    path: '/v1/openapi.json',
    tag: 'Service',
    summary: 'Get this description',
    description: 'OpenAPI 3.1, with the presets and limits of this very service.',
    open: true,
    answer: { status: 200, schema: openApi },
    refusals: [],
  },
  docs: {
    method: 'GET',
    path: '/v1/docs',
    tag: 'Service',
    summary: 'Read this description as a page',
    description:
      'The same, for people, with code for each call and a form to try it. The page loads nothing from elsewhere, and is read without a script.',
    open: true,
    answer: { status: 200, contentType: 'text/html; charset=utf-8' },
    refusals: [],
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

export type RouteMatch =
  | { readonly name: RouteName; readonly params: Readonly<Record<string, string>> }
  | { readonly name: undefined; readonly allow: readonly string[] };

/**
 * The route of a request; if there is none, the methods that its path has. HEAD is a GET without the body. A library for
 * this was weighed: docs/decisions.md#by-hand
 */
export const matchRoute = (method: string, path: string): RouteMatch => {
  const allow: string[] = [];
  for (const [name, route] of Object.entries(routes)) {
    const params = matchPath(route.path, path);
    if (params && route.method === (method === 'HEAD' ? 'GET' : method)) return { name: name as RouteName, params };
    if (params) allow.push(...(route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
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
