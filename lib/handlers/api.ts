import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Config } from '../core/config.ts';
import { Refusal } from '../core/errors.ts';
import { type Format, formats, variantFormats } from '../core/formats.ts';
import type { Check } from '../core/health.ts';
import type { Estimate, Selection } from '../core/job.ts';
import { variantKey } from '../core/keys.ts';
import { downloadOriginal } from '../pipeline/download-original.ts';
import { findImage, listImages } from '../pipeline/find-images.ts';
import { findVariant } from '../pipeline/find-variant.ts';
import { removeImage } from '../pipeline/remove-image.ts';
import { reprocessImage } from '../pipeline/reprocess-image.ts';
import { requestUpload } from '../pipeline/request-upload.ts';
import { requestVersion } from '../pipeline/request-version.ts';
import { findJob, startJob } from '../pipeline/start-job.ts';
import type { Catalogue, Chance, Clock, JobBook, JobQueue, Log, ObjectStore, TicketOffice } from '../ports.ts';
import { matchRoute, type RouteName, routes } from '../routes.ts';
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
import { problemAnswer } from './problems.ts';

export type ApiWorld = {
  readonly catalogue: Catalogue;
  readonly jobs: JobBook;
  readonly originals: ObjectStore;
  readonly variants: ObjectStore;
  readonly queue: JobQueue;
  readonly tickets: TicketOffice;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly config: Config;
  readonly log: Log;
  /** The address under which variants are served. */
  readonly site: string;
  readonly release: string;
  /** What the service stands on. */
  readonly look: () => Promise<readonly Check[]>;
  /** Why nothing can be taken in right now; undefined when it can. A home that leaves it out finds out by trying. */
  readonly trouble?: () => Promise<Refusal | undefined>;
  /** What rendering again would cost, where somebody sends a bill for it. */
  readonly dollarsOf?: (estimate: Estimate) => number;
};

/** Made when it is first asked for: few calls need it, and none should start more slowly because of it. */
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

type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** The whole API behind one Lambda: finds the route, parses, runs the step, presents. */
export const apiHandler = (world: ApiWorld): ApiHandler => {
  const { catalogue, jobs, site, release, dollarsOf } = world;
  const description = once(() => describe(world));

  const answers: { readonly [Name in RouteName]: Endpoint<(typeof routes)[Name]> } = {
    requestUpload: async ({ body, claim }) => presentTicket(await requestUpload(world, body, claim)),
    listImages: async ({ query }) => {
      const { items, nextCursor } = await listImages(catalogue, query);
      return { items: items.map((image) => presentImage(image, site)), nextCursor };
    },
    findImage: async ({ params }) => presentImage(await findImage(catalogue, params.id), site),
    removeImage: async ({ params }) => presentReceipt(await removeImage(world, params.id)),
    requestVersion: async ({ params, body, claim }) =>
      presentTicket(await requestVersion(world, params.id, body, claim)),
    reprocess: async ({ params, body, claim }) => presentStarted(await reprocessImage(world, params.id, body, claim)),
    downloadOriginal: async ({ params }) => presentDownload(await downloadOriginal(world, params.id)),
    findVariant: async ({ params: { file, ...ref }, accept }) => {
      const wanted = file.format ? acceptOf(file.format) : accept;
      const variant = await findVariant(catalogue, { ...ref, name: file.name }, wanted);
      return { location: `${site}/${variantKey(variant)}` };
    },
    startJob: async ({ body, claim }) =>
      presentJob(await startJob(world, { ...body, selection: selectionOf(body) }, claim), dollarsOf),
    findJob: async ({ params }) => presentJob(await findJob(jobs, params.id), dollarsOf),
    health: async () => presentHealth(release, await world.look()),
    openapi: async () => (await description()).document,
    docs: async () => (await description()).page,
  };

  const handlers = Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [name, endpoint(route, answers[name as RouteName] as never, world)]),
  ) as unknown as Record<RouteName, ApiHandler>;

  return async (event, context) => {
    const { method, path } = event.requestContext.http;
    const match = matchRoute(method, path);
    const trouble = match.name && 'limited' in routes[match.name] ? await world.trouble?.() : undefined;
    if (trouble) return problemAnswer(trouble);
    if (match.name) return handlers[match.name]({ ...event, pathParameters: match.params }, context);
    if (match.allow.length === 0) return problemAnswer(new Refusal('not-found', `There is nothing at ${path}.`));
    const allow = match.allow.join(', ');
    // 405 has no code of its own in the closed set; it is a request that can never be right.
    return problemAnswer(new Refusal('invalid-request', `${path} takes ${allow}, and not ${method}.`), {
      status: 405,
      headers: { allow },
    });
  };
};

/** What a viewer can show whose `Accept` was spent on choosing this format: it, and all that are plainer. */
const acceptOf = (format: Format): string =>
  variantFormats
    .slice(variantFormats.indexOf(format))
    .map((plainer) => formats[plainer].contentType)
    .join(',');

/** The schema has seen to it that there is exactly one. */
const selectionOf = ({ ids, collection }: Call<typeof routes.startJob>['body']): Selection => {
  if (ids) return { ids };
  return collection === undefined ? { all: true } : { collection };
};
