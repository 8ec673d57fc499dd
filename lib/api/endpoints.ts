import type { JobOrder, Selection } from '../core/bulk-job.ts';
import { Refusal } from '../core/errors.ts';
import { type Format, formats, variantFormats } from '../core/formats.ts';
import type { Check } from '../core/health.ts';
import { variantKey } from '../core/object-keys.ts';
import { watchToken } from '../core/watch-token.ts';
import { downloadOriginal } from '../pipeline/download-original.ts';
import { findImage } from '../pipeline/find-image.ts';
import { findJob } from '../pipeline/find-job.ts';
import { findVariant } from '../pipeline/find-variant.ts';
import { listImages } from '../pipeline/list-images.ts';
import { listJobs } from '../pipeline/list-jobs.ts';
import type { IssuedTicket } from '../pipeline/parts/issue-ticket.ts';
import { removeImage } from '../pipeline/remove-image.ts';
import { reprocessImage } from '../pipeline/reprocess-image.ts';
import { requestUpload } from '../pipeline/request-upload.ts';
import { requestVersion } from '../pipeline/request-version.ts';
import { startJob } from '../pipeline/start-job.ts';
import { steerJob } from '../pipeline/steer-job.ts';
import type { Ports } from '../ports.ts';
import { type RouteName, routes } from '../routes.ts';
import { type Call, type Endpoint, endpoint } from './endpoint.ts';
import {
  presentDownload,
  presentFigures,
  presentHealth,
  presentImage,
  presentJob,
  presentReceipt,
  presentStarted,
  presentTicket,
} from './present.ts';
import { demandCollection, demandEverything, demandImage } from './rights.ts';

export type ApiWorld = Pick<
  Ports,
  | 'catalogue'
  | 'jobs'
  | 'originals'
  | 'variants'
  | 'queue'
  | 'tickets'
  | 'hasEdge'
  | 'clock'
  | 'chance'
  | 'config'
  | 'dollarsOf'
  | 'log'
  | 'figures'
> &
  ApiOptions;
type ApiOptions = {
  /** The address under which variants are served. */
  readonly site: string;
  readonly release: string;
  /** Signs the tokens that open one image. */
  readonly watchSecret: () => Promise<string>;
  /** The checks of `GET /v1/health`. */
  readonly look: () => Promise<readonly Check[]>;
  /** Why uploads are refused right now; undefined if they are not. Without it, the upload itself shows the trouble. */
  readonly trouble?: () => Promise<Refusal | undefined>;
};

/** One line for each call of the API: who may make it, the step that does it, how its answer is presented. */
export const endpointsOf = (world: ApiWorld) => {
  const { catalogue, jobs, site, release, dollarsOf } = world;
  const description = once(() => describe(world));

  /** The day of the token begins with the version, so that a repeated request gets the same answer. */
  const answered = async (ticket: IssuedTicket) =>
    presentTicket(ticket, watchToken(await world.watchSecret(), ticket.version.id, ticket.version.createdAt));

  const steer =
    (order: JobOrder) =>
    async ({ params, grant }: Pick<Call<typeof routes.pauseJob>, 'params' | 'grant'>) => {
      demandEverything(grant);
      return presentJob(await steerJob(world, params.id, order), dollarsOf);
    };

  return {
    requestUpload: endpoint(routes.requestUpload, async ({ body, claim, grant }) => {
      demandCollection(grant, body.collection);
      return answered(await requestUpload(world, body, claim));
    }),
    listImages: endpoint(routes.listImages, async ({ query, grant }) => {
      demandCollection(grant, query.collection);
      const { status: statuses, ...more } = query;
      const { items, nextCursor } = await listImages(catalogue, { ...more, statuses });
      return { items: items.map((image) => presentImage(image, site)), nextCursor };
    }),
    findImage: endpoint(routes.findImage, async ({ params, query, grant }) => {
      await demandImage(catalogue, grant, params.id);
      return presentImage(await findImage(catalogue, params.id), site, query);
    }),
    findUpload: endpoint(routes.findUpload, async ({ params, query }) =>
      presentImage(await findImage(catalogue, params.id), site, query),
    ),
    removeImage: endpoint(routes.removeImage, async ({ params, grant }) => {
      await demandImage(catalogue, grant, params.id);
      return presentReceipt(await removeImage(world, params.id));
    }),
    requestVersion: endpoint(routes.requestVersion, async ({ params, body, claim, grant }) => {
      await demandImage(catalogue, grant, params.id);
      if (body.collection !== undefined) demandCollection(grant, body.collection);
      return answered(await requestVersion(world, params.id, body, claim));
    }),
    reprocess: endpoint(routes.reprocess, async ({ params, body, claim, grant }) => {
      await demandImage(catalogue, grant, params.id);
      return presentStarted(await reprocessImage(world, params.id, body, claim));
    }),
    downloadOriginal: endpoint(routes.downloadOriginal, async ({ params, grant }) => {
      await demandImage(catalogue, grant, params.id);
      return presentDownload(await downloadOriginal(world, params.id));
    }),
    findVariant: endpoint(routes.findVariant, async ({ params: { file, ...ref }, accept }) => {
      const wanted = file.format ? acceptOf(file.format) : accept;
      const variant = await findVariant(catalogue, { ...ref, name: file.name }, wanted);
      // A CDN that did not find this very file asks here, so a redirect to it would be a loop.
      if (variant.format === file.format)
        throw new Refusal('not-found', 'The file is not there, though it should be. It is made again within two days.');
      return { location: `${site}/${variantKey(variant)}` };
    }),
    startJob: endpoint(routes.startJob, async ({ body, claim, grant }) => {
      if (body.collection === undefined) demandEverything(grant);
      else demandCollection(grant, body.collection);
      return presentJob(await startJob(world, { ...body, selection: selectionOf(body) }, claim), dollarsOf);
    }),
    findJob: endpoint(routes.findJob, async ({ params, grant }) => {
      // A job names the images that failed, in all collections.
      demandEverything(grant);
      return presentJob(await findJob(jobs, params.id), dollarsOf);
    }),
    listJobs: endpoint(routes.listJobs, async ({ query, grant }) => {
      demandEverything(grant);
      const { items, nextCursor } = await listJobs(jobs, query);
      return { items: items.map((job) => presentJob(job, dollarsOf)), nextCursor };
    }),
    pauseJob: endpoint(routes.pauseJob, steer('pause')),
    resumeJob: endpoint(routes.resumeJob, async ({ params, body, grant }) => {
      demandEverything(grant);
      return presentJob(await steerJob(world, params.id, 'resume', body.budget), dollarsOf);
    }),
    cancelJob: endpoint(routes.cancelJob, steer('cancel')),
    health: endpoint(routes.health, async () => presentHealth(release, await world.look())),
    figures: endpoint(routes.figures, async ({ query, grant }) => {
      demandEverything(grant);
      return presentFigures(await world.figures.recent(query.minutes));
    }),
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
const selectionOf = ({ ids, collection, stale }: Call<typeof routes.startJob>['body']): Selection => {
  if (ids) return { ids: [...new Set(ids)] };
  if (collection !== undefined) return { collection };
  return stale ? { stale } : { all: true };
};

/** Made at the first call that needs it, because it would slow down a cold start. */
const describe = async ({ config, release, dollarsOf }: Pick<ApiWorld, 'config' | 'release' | 'dollarsOf'>) => {
  const [{ openApiDocument }, { docsPage }] = await Promise.all([
    import('../openapi/document.ts'),
    import('../openapi/page.ts'),
  ]);
  const document = openApiDocument({ config, release, hasPrices: dollarsOf !== undefined });
  return { document, page: docsPage(document) };
};

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
