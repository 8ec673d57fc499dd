import { type BulkJob, isOpen, withCounted, withFailure } from '../core/bulk-job.ts';
import { Refusal } from '../core/errors.ts';
import { type Image, isUnfinished } from '../core/image.ts';
import type { VersionRef } from '../core/keys.ts';
import type { Preset } from '../core/presets.ts';
import type { Ports } from '../ports.ts';
import { listImages } from './list-images.ts';
import { inBatches } from './parts/in-batches.ts';
import { reprocessImage } from './reprocess-image.ts';

export type JobWorld = Pick<Ports, 'jobs' | 'catalogue' | 'originals' | 'queue' | 'clock' | 'config'> & {
  /** The recipe by which a preset would be rendered now. */
  readonly recipeOf: (preset: Preset) => string;
};

/** How many images a slice looks at before it saves what it has done. */
const sliceLength = 200;
/** How many images are handed over, or asked about, side by side. */
export const atOnce = 25;
const claimMs = 7 * 24 * 3600_000;

/** Brings every job that is still open one slice further. Resolves to whether one of them remains open. */
export const advanceJobs = async (world: JobWorld, pace: number): Promise<boolean> => {
  let remain = false;
  for await (const job of world.jobs.unfinished()) if (isOpen(await advanceJob(world, job, pace))) remain = true;
  return remain;
};

/**
 * Brings a job one slice further. `pace` bounds how many of its images are with the renderers at a time, so that fresh
 * uploads find a short queue. Running it twice, or being killed in the middle, is safe: an image gets one new version
 * per job, because its claim is the job's, and a slice that was not saved is repeated.
 */
export const advanceJob = async (world: JobWorld, job: BulkJob, pace: number): Promise<BulkJob> => {
  const next = await slice(world, await collect(world, job), pace);
  if (JSON.stringify(next) === JSON.stringify(job)) return job;
  const saved = { ...next, revision: job.revision + 1, updatedAt: world.clock.now() };
  return (await world.jobs.save(saved)) ? saved : job;
};

const slice = async (world: JobWorld, job: BulkJob, pace: number): Promise<BulkJob> => {
  const { queue } = world;
  // Paused or cancelled: only what is with the renderers is still counted.
  if (job.status !== 'running') return job;
  if (job.stage === 'counting') return count(world, job);
  if (job.stage === 'working') return handOver(world, job, pace);
  if (job.underWay.length === 0) return { ...job, status: 'done' };
  // Samples are sent after the save, so that each finds its job, and again at every slice, so that none is lost.
  if (job.dryRun)
    for (const { id } of job.underWay) await queue.send({ sample: { job: job.id, id, preset: job.preset } });
  return job;
};

/** Counts the images whose versions have ended since the last look. Samples note themselves. */
const collect = async (world: JobWorld, job: BulkJob): Promise<BulkJob> => {
  let next: BulkJob = { ...job, underWay: job.underWay.filter(({ version }) => version === 0) };
  const rendered = job.underWay.filter(({ version }) => version > 0);
  const found = await inBatches(rendered, atOnce, ({ id, version }) => world.catalogue.version(id, version));
  for (const [at, { id, version }] of rendered.entries()) {
    const now = found[at];
    if (!now) next = { ...next, skipped: next.skipped + 1 };
    else if (isUnfinished(now)) next = { ...next, underWay: [...next.underWay, { id, version }] };
    else if (now.status === 'failed') next = withFailure(next, { id, ...now.error });
    else next = { ...next, done: next.done + 1 };
  }
  return next;
};

const count = async (world: JobWorld, job: BulkJob): Promise<BulkJob> => {
  let next = job;
  const { images, position } = await take(world, job, sliceLength);
  for (const image of images) next = isWanted(world, job, image) ? withCounted(next, image.id) : next;
  if (position !== 'end') return { ...next, position };
  if (!job.dryRun) return { ...next, stage: 'working', position: null };
  return { ...next, stage: 'waiting', underWay: next.spread.ids.map((id) => ({ id, version: 0 })) };
};

const handOver = async (world: JobWorld, job: BulkJob, pace: number): Promise<BulkJob> => {
  let next = job;
  for (let looked = 0; looked < sliceLength && next.underWay.length < pace; ) {
    const { images, missing, position } = await take(world, next, pace - next.underWay.length);
    next = { ...next, skipped: next.skipped + missing };
    const wanted = images.filter((image) => isWanted(world, job, image));
    const versions = await inBatches(wanted, atOnce, (image) => reprocess(world, job, image));
    for (const version of versions) next = withVersion(next, version);
    if (position === 'end')
      return { ...next, stage: 'waiting', total: next.done + next.failed + next.skipped + next.underWay.length };
    next = { ...next, position };
    looked += images.length + missing;
  }
  return next;
};

/** Undefined where the image was deleted meanwhile, never uploaded, or has lost its preset: the rest must not wait for it. */
const reprocess = async (world: JobWorld, job: BulkJob, { id }: Image): Promise<VersionRef | undefined> => {
  const claim = { key: `job ${job.id} ${id}`, fingerprint: job.id, expiresAt: world.clock.now() + claimMs };
  try {
    return await reprocessImage(world, id, { preset: job.preset ?? undefined }, claim);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
};

const withVersion = (job: BulkJob, version: VersionRef | undefined): BulkJob => {
  if (!version) return { ...job, skipped: job.skipped + 1 };
  return { ...job, underWay: [...job.underWay, version] };
};

type Taken = { readonly images: readonly Image[]; readonly missing: number; readonly position: string | 'end' };

/** The next images of the selection. The list is ordered by creation, so new images do not shift the pages. */
const take = async ({ catalogue }: JobWorld, { selection, position }: BulkJob, limit: number): Promise<Taken> => {
  if ('ids' in selection) {
    const from = Number(position ?? 0);
    const found = await Promise.all(selection.ids.slice(from, from + limit).map((id) => catalogue.find(id)));
    const images = found.filter((image) => image !== undefined);
    const to = from + found.length;
    return { images, missing: found.length - images.length, position: to < selection.ids.length ? String(to) : 'end' };
  }
  const collection = 'collection' in selection ? selection.collection : undefined;
  const { items, nextCursor } = await listImages(catalogue, { collection, limit, cursor: position ?? undefined });
  return { images: items, missing: 0, position: nextCursor ?? 'end' };
};

const isWanted = ({ config, recipeOf }: JobWorld, job: BulkJob, { visible, createdAt }: Image): boolean => {
  const { selection, preset } = job;
  if ('ids' in selection) return true;
  if (createdAt > job.createdAt) return false;
  if (!('stale' in selection)) return true;
  if (!visible) return false;
  const present = config.presets[preset ?? visible.preset] ?? config.presets[config.defaultPreset];
  return present !== undefined && visible.rendering.recipe !== recipeOf(present);
};
