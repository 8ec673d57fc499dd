import type { Estimate, Selection } from '../core/bulk-job.ts';
import { Refusal } from '../core/errors.ts';
import { type Format, formats, variantFormats } from '../core/formats.ts';
import type { Check } from '../core/health.ts';
import { variantKey } from '../core/keys.ts';
import { downloadOriginal } from '../pipeline/download-original.ts';
import { findImage } from '../pipeline/find-image.ts';
import { findJob } from '../pipeline/find-job.ts';
import { findVariant } from '../pipeline/find-variant.ts';
import { listImages } from '../pipeline/list-images.ts';
import { removeImage } from '../pipeline/remove-image.ts';
import { reprocessImage } from '../pipeline/reprocess-image.ts';
import { requestUpload } from '../pipeline/request-upload.ts';
import { requestVersion } from '../pipeline/request-version.ts';
import { startJob } from '../pipeline/start-job.ts';
import type { Ports } from '../ports.ts';
import { matchRoute, type Route, type RouteName, routes } from '../routes.ts';
import { type Call, type Endpoint, endpoint } from './endpoint.ts';
import {
  presentDownload,
  presentHealth,
  presentImage,
  presentJob,
  presentReceipt,
  presentStarted,
  presentTicket,
} from './present.ts';
import { problemResponse } from './problems.ts';

export type ApiWorld = Pick<
  Ports,
  'catalogue' | 'jobs' | 'originals' | 'variants' | 'queue' | 'tickets' | 'clock' | 'chance' | 'config' | 'log'
> & {
  /** The address under which variants are served. */
  readonly site: string;
  readonly release: string;
  /** Whether a CDN keeps copies of the pictures, which deletions have to reach. */
  readonly hasEdge: boolean;
  /** What the service stands on. */
  readonly look: () => Promise<readonly Check[]>;
  /** Why nothing can be taken in right now; undefined when it can. A home that leaves it out finds out by trying. */
  readonly trouble?: () => Promise<Refusal | undefined>;
  /** The price of a reprocess, in the home that has one. */
  readonly dollarsOf?: (estimate: Estimate) => number;
};

/** Made at the first call that needs it, so that the others start quickly. */
const describe = async (world: Pick<ApiWorld, 'config' | 'release'>) => {
  const [{ openApiDocument }, { docsPage }] = await Promise.all([
    import('../openapi/document.ts'),
    import('../openapi/page.ts'),
  ]);
  const document = openApiDocument(world);
  return { document, page: docsPage(document) };
};

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** Whom a host has found a request to come from. */
export type Caller = {
  /** Whether the host has seen a valid key or token. */
  readonly isKnown: boolean;
  /** Counts the call against what this caller may ask for. Throws a Refusal; absent where a gateway has counted before us. */
  readonly countCall?: () => void;
  /** Counts a call that needs a key and has no valid one. Throws a Refusal; absent where a gateway counts. */
  readonly countWrongKey?: () => void;
  /** What the log calls this request, where the host has named it. */
  readonly requestId?: string;
};

export type Answer = (request: Request, caller: Caller) => Promise<Response>;

/** The whole API, of no host in particular: finds the route once, checks the caller, parses, runs the step, presents. */
export const answerWith = (world: ApiWorld): Answer => {
  const endpoints = endpointsOf(world);
  return async (request, caller) => {
    try {
      const { pathname: path } = new URL(request.url);
      const match = matchRoute(request.method, path);
      if (match.name === undefined) return nothingThere(request.method, path, match.allow);
      const route: Route = routes[match.name];
      if (!route.open && !caller.isKnown) {
        caller.countWrongKey?.();
        throw new Refusal('unauthorized', 'Send a valid key: authorization: Bearer <key>.');
      }
      if (route.limited) {
        caller.countCall?.();
        const trouble = await world.trouble?.();
        if (trouble) throw trouble;
      }
      return await endpoints[match.name](request, { params: match.params, at: world.clock.now() });
    } catch (error) {
      if (error instanceof Refusal) return problemResponse(error);
      // What we did not foresee is logged here, once.
      const { pathname: path } = new URL(request.url);
      world.log.error('a request could not be answered', {
        requestId: caller.requestId,
        method: request.method,
        path,
        error,
      });
      return problemResponse(unavailable(error));
    }
  };
};

export const unavailable = (cause: unknown): Refusal =>
  new Refusal('unavailable', 'The service cannot answer right now. Try again shortly.', {
    retryAfterSeconds: 5,
    cause,
  });

const nothingThere = (method: string, path: string, allowed: readonly string[]): Response => {
  if (allowed.length === 0) return problemResponse(new Refusal('not-found', `There is nothing at ${path}.`));
  const allow = allowed.join(', ');
  // The closed set has no code for 405; see docs/decisions.md.
  return problemResponse(new Refusal('invalid-request', `${path} takes ${allow}, and not ${method}.`), {
    status: 405,
    headers: { allow },
  });
};

const endpointsOf = (world: ApiWorld) => {
  const { catalogue, jobs, site, release, dollarsOf } = world;
  const description = once(() => describe(world));

  return {
    requestUpload: endpoint(routes.requestUpload, async ({ body, claim }) =>
      presentTicket(await requestUpload(world, body, claim)),
    ),
    listImages: endpoint(routes.listImages, async ({ query }) => {
      const { items, nextCursor } = await listImages(catalogue, query);
      return { items: items.map((image) => presentImage(image, site)), nextCursor };
    }),
    findImage: endpoint(routes.findImage, async ({ params }) =>
      presentImage(await findImage(catalogue, params.id), site),
    ),
    removeImage: endpoint(routes.removeImage, async ({ params }) =>
      presentReceipt(await removeImage(world, params.id)),
    ),
    requestVersion: endpoint(routes.requestVersion, async ({ params, body, claim }) =>
      presentTicket(await requestVersion(world, params.id, body, claim)),
    ),
    reprocess: endpoint(routes.reprocess, async ({ params, body, claim }) =>
      presentStarted(await reprocessImage(world, params.id, body, claim)),
    ),
    downloadOriginal: endpoint(routes.downloadOriginal, async ({ params }) =>
      presentDownload(await downloadOriginal(world, params.id)),
    ),
    findVariant: endpoint(routes.findVariant, async ({ params: { file, ...ref }, accept }) => {
      const wanted = file.format ? acceptOf(file.format) : accept;
      const variant = await findVariant(catalogue, { ...ref, name: file.name }, wanted);
      // The question comes from a CDN that did not find this very file: the way to it would be a circle.
      if (variant.format === file.format)
        throw new Refusal('not-found', 'The file is not there, though it should be. It is made again within two days.');
      return { location: `${site}/${variantKey(variant)}` };
    }),
    startJob: endpoint(routes.startJob, async ({ body, claim }) =>
      presentJob(await startJob(world, { ...body, selection: selectionOf(body) }, claim), dollarsOf),
    ),
    findJob: endpoint(routes.findJob, async ({ params }) => presentJob(await findJob(jobs, params.id), dollarsOf)),
    health: endpoint(routes.health, async () => presentHealth(release, await world.look())),
    openapi: endpoint(routes.openapi, async () => (await description()).document),
    docs: endpoint(routes.docs, async () => (await description()).page),
  } satisfies Record<RouteName, Endpoint>;
};

/** The `Accept` of a viewer for which the edge chose this format: the format and all plainer ones. */
const acceptOf = (format: Format): string =>
  variantFormats
    .slice(variantFormats.indexOf(format))
    .map((plainer) => formats[plainer].contentType)
    .join(',');

/** The schema guarantees exactly one. */
const selectionOf = ({ ids, collection }: Call<typeof routes.startJob>['body']): Selection => {
  if (ids) return { ids };
  return collection === undefined ? { all: true } : { collection };
};
