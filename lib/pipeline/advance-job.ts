import { isDeepStrictEqual } from 'node:util';
import {
  atOnce,
  type BulkJob,
  isOpen,
  roomOf,
  type Sample,
  withCounted,
  withDone,
  withFailure,
} from '../core/bulk-job.ts';
import { Refusal } from '../core/errors.ts';
import { type Image, isUnfinished, type Version } from '../core/image.ts';
import type { VersionRef } from '../core/object-keys.ts';
import type { Ports } from '../ports.ts';
import { listImages } from './list-images.ts';
import { inBatches } from './parts/in-batches.ts';
import { divide, gather } from './parts/lanes.ts';
import { troubleApart } from './parts/trouble-apart.ts';
import { versionForJob } from './parts/uploaded-version.ts';
import { reprocessImage } from './reprocess-image.ts';

export type JobWorld = Pick<
  Ports,
  'jobs' | 'catalogue' | 'originals' | 'queue' | 'clock' | 'config' | 'recipeOf' | 'dollarsOf'
>;

/** How many images a slice looks at before it saves what it has done. */
const sliceLength = 200;
/** A job of more images is divided into lanes, where the catalogue has partitions. */
const largeJob = 10_000;
/** Longer than a sample takes; behind a long queue the second one finds nothing to do. */
const sendSamplesEveryMs = 10 * 60_000;
const claimMs = 7 * 24 * 3600_000;

/**
 * Brings every job that is still open one slice further, also beside one in trouble. Resolves to whether one of them remains
 * open.
 */
export const advanceJobs = async (world: JobWorld, pace: number): Promise<boolean> => {
  const { attempt, rethrow } = troubleApart();
  let remain = false;
  for await (const job of world.jobs.unfinished()) {
    const advanced = await attempt(() => advanceJob(world, job, pace));
    remain ||= advanced.some(isOpen);
  }
  rethrow();
  return remain;
};

/**
 * Brings a job one slice further. `pace` bounds how many of its images are with the renderers at a time, so that fresh
 * uploads find a short queue. Running it twice, or being killed in the middle, is safe: an image gets one new version
 * per job, because its claim is the job's, and a slice that was not saved is repeated.
 */
export const advanceJob = async (
  world: JobWorld,
  job: BulkJob,
  pace: number,
  divideAfter = largeJob,
): Promise<BulkJob> => {
  const next = job.divided
    ? await gather(world, job)
    : await slice(world, await collect(world, job), pace, divideAfter);
  if (JSON.stringify(next) === JSON.stringify(job)) return job;
  return save(world, job, next);
};

/** An order that came during the slice is kept, and so is what the slice has handed over. Any other change wins over it. */
const save = async ({ jobs, clock }: JobWorld, job: BulkJob, next: BulkJob): Promise<BulkJob> => {
  let saved = { ...next, revision: job.revision + 1, updatedAt: clock.now() };
  while (!(await jobs.save(saved))) {
    const stored = await jobs.find(job.id);
    const ordered = stored && stored.revision >= saved.revision ? orderedMeanwhile(job, next, stored) : undefined;
    if (!stored || !ordered) return job;
    saved = { ...ordered, revision: stored.revision + 1, updatedAt: clock.now() };
  }
  return saved;
};

/** The job after the slice under the order that was stored meanwhile; undefined if more than an order has changed it. */
const orderedMeanwhile = (job: BulkJob, next: BulkJob, stored: BulkJob): BulkJob | undefined => {
  const { status, pausedBecause, budget, handedAtBudget, revision, updatedAt } = stored;
  const order = { status, pausedBecause, budget, handedAtBudget };
  // A cancel drops the samples.
  const kept = ({ underWay }: BulkJob) =>
    status === 'cancelled' ? underWay.filter(({ version }) => version > 0) : underWay;
  const isOnlyOrder = isDeepStrictEqual({ ...job, ...order, underWay: kept(job), revision, updatedAt }, stored);
  return isOnlyOrder && !job.divided && !next.divided ? { ...next, ...order, underWay: kept(next) } : undefined;
};

const slice = async (world: JobWorld, job: BulkJob, pace: number, divideAfter: number): Promise<BulkJob> => {
  // Paused or cancelled: only what is with the renderers is still counted.
  if (job.status !== 'running') return job;
  if (job.stage === 'counting') return count(world, job, divideAfter);
  if (job.stage === 'working') return handOver(world, job, pace);
  if (job.underWay.length === 0) return { ...job, status: 'done' };
  return job.dryRun ? sendSamples(world, job) : job;
};

/** After the save, so that each sample finds its job; and again after a while, so that none is lost. */
const sendSamples = async ({ queue, clock }: JobWorld, job: BulkJob): Promise<BulkJob> => {
  const now = clock.now();
  if (job.samplesSentAt !== null && Math.abs(now - job.samplesSentAt) < sendSamplesEveryMs) return job;
  for (const { id } of job.underWay) await queue.send({ sample: { job: job.id, id, preset: job.preset } });
  return { ...job, samplesSentAt: now };
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
    else next = withDone(next, sampleOf(now));
  }
  return next;
};

const sampleOf = (version: Exclude<Version, { status: 'failed' }>): Sample => {
  if (version.status !== 'ready') return { ms: 0, bytes: 0, files: 0 };
  const { variants } = version.rendering;
  const bytes = variants.reduce((sum, variant) => sum + variant.bytes, 0);
  return { ms: version.spent?.wallMs ?? 0, bytes, files: variants.length };
};

const count = async (world: JobWorld, job: BulkJob, divideAfter: number): Promise<BulkJob> => {
  let next = job;
  const { images, position } = await take(world, job, sliceLength);
  for (const image of images) next = isWanted(world, job, image) ? withCounted(next, image.id) : next;
  const mayDivide = job.part === null && !('ids' in job.selection) && world.catalogue.partitions > 1;
  if (mayDivide && next.total > divideAfter) return divide(world, job);
  if (position !== 'end') return { ...next, position };
  if (job.dryRun && job.part !== null) return { ...next, stage: 'waiting', position: null };
  if (!job.dryRun) return { ...next, stage: 'working', position: null };
  return { ...next, stage: 'waiting', underWay: next.spread.ids.map((id) => ({ id, version: 0 })) };
};

const handOver = async (world: JobWorld, job: BulkJob, pace: number): Promise<BulkJob> => {
  let next = job;
  for (let looked = 0; looked < sliceLength && next.underWay.length < pace; ) {
    const room = roomOf(next, world.dollarsOf);
    // What is under way may turn out to cost less than it seems now.
    if (room <= 0 && next.underWay.length > 0) return next;
    const { images, missing, position } = await take(
      world,
      next,
      Math.max(1, Math.min(pace - next.underWay.length, room)),
    );
    const wanted = images.filter((image) => isWanted(world, job, image));
    if (room <= 0 && wanted.length > 0) return { ...next, status: 'paused', pausedBecause: 'budget-used' };
    next = { ...next, skipped: next.skipped + missing };
    const versions = await inBatches(wanted, atOnce, ({ id }) => reprocess(world, job, id));
    for (const version of versions) next = withVersion(next, version);
    // What this job has made before it was killed may be wanted no more: it is not stale.
    const others = images.filter((image) => !wanted.includes(image) && isMadeSince(job, image));
    const before = await inBatches(others, atOnce, (image) => madeBefore(world, job, image));
    for (const version of before) if (version) next = withVersion(next, version);
    if (position === 'end')
      return { ...next, stage: 'waiting', total: next.done + next.failed + next.skipped + next.underWay.length };
    next = { ...next, position };
    looked += images.length + missing;
  }
  return next;
};

/**
 * Undefined where the image was deleted meanwhile, never uploaded, or has lost its preset: the rest must not wait for it. A
 * new upload is made by the present settings anyway, and a version of the one before must not overtake it.
 * docs/decisions.md#newest-upload
 */
const reprocess = async (world: JobWorld, job: BulkJob, id: string): Promise<VersionRef | undefined> => {
  const image = await world.catalogue.find(id);
  if (!image) return undefined;
  const { newest } = image;
  if (isUnfinished(newest) && newest.source === newest.version) return madeBefore(world, job, image);
  const from = await versionForJob(world, image, job.selection);
  return typeof from === 'string' ? undefined : ask(world, job, from);
};

/** The version that this job made before it was killed, which its claim finds. No version has the number 0, so none is added. */
const madeBefore = (world: JobWorld, job: BulkJob, { newest }: Image): Promise<VersionRef | undefined> =>
  ask(world, job, newest, { after: 0 });

const ask = async (
  world: JobWorld,
  job: BulkJob,
  from: Version,
  condition: { readonly after?: number } = {},
): Promise<VersionRef | undefined> => {
  const { id } = from;
  const claim = { key: `job ${job.id} ${id}`, fingerprint: job.id, expiresAt: world.clock.now() + claimMs };
  try {
    return await reprocessImage(world, id, { preset: job.preset ?? undefined, from, ...condition }, claim);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
};

const withVersion = (job: BulkJob, version: VersionRef | undefined): BulkJob => {
  if (!version) return { ...job, skipped: job.skipped + 1 };
  return { ...job, underWay: [...job.underWay, version], handed: job.handed + 1 };
};

type Taken = { readonly images: readonly Image[]; readonly missing: number; readonly position: string | 'end' };

/** The next images of the selection. The list is ordered by creation, so new images do not shift the pages. */
const take = async ({ catalogue }: JobWorld, { selection, position, part }: BulkJob, limit: number): Promise<Taken> => {
  if ('ids' in selection) {
    const from = Number(position ?? 0);
    const found = await inBatches(selection.ids.slice(from, from + limit), atOnce, (id) => catalogue.find(id));
    const images = found.filter((image) => image !== undefined);
    const to = from + found.length;
    return { images, missing: found.length - images.length, position: to < selection.ids.length ? String(to) : 'end' };
  }
  const collection = 'collection' in selection ? selection.collection : undefined;
  const query = { collection, limit, cursor: position ?? undefined, partition: part ?? undefined };
  const { items, nextCursor } = await listImages(catalogue, query);
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

/** By clocks that may differ. */
const isMadeSince = ({ createdAt }: BulkJob, { newest }: Image): boolean =>
  newest.version > 1 && newest.createdAt > createdAt - clocksDifferMs;
const clocksDifferMs = 60_000;
