import type { ImageId } from './ids.ts';
import type { Instant } from './image.ts';

export const jobStatuses = ['running', 'paused', 'cancelled', 'done'] as const;

/** Which images a bulk job is about; `stale` are those whose visible version another recipe than the present one has made. */
export type Selection =
  | { readonly ids: readonly ImageId[] }
  | { readonly collection: string }
  | { readonly all: true }
  | { readonly stale: true };

/** The most that a job may take; at least one of them. */
export type Budget = { readonly images?: number | undefined; readonly dollars?: number | undefined };

/** Why a job is paused: an order, or its budget is used up. */
export const pauseReasons = ['asked', 'budget-used'] as const;

/** What rendering one image took. */
export type Sample = { readonly ms: number; readonly bytes: number; readonly files: number };

/**
 * A reprocess of many images. It goes through its selection twice, a few images at a time: once to count them, once to
 * send them to the renderers (a dry run sends a sample instead). Then it waits for the images that are under way.
 */
export type BulkJob = {
  readonly id: string;
  readonly action: 'reprocess';
  readonly selection: Selection;
  readonly preset: string | null;
  readonly dryRun: boolean;
  readonly status: (typeof jobStatuses)[number];
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly revision: number;
  readonly stage: 'counting' | 'working' | 'waiting';
  /** Where the walk of this stage goes on; null at its start. */
  readonly position: string | null;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Deleted meanwhile, never uploaded, with a new upload that has not ended, or with a preset that is not configured any more. */
  readonly skipped: number;
  readonly failures: readonly BulkJobFailure[];
  /** Tasks of renderers that have not ended. The version is 0 for a sample. */
  readonly underWay: readonly { readonly id: ImageId; readonly version: number }[];
  /** Images spread evenly over those counted so far, one out of `stride`. */
  readonly spread: { readonly stride: number; readonly ids: readonly ImageId[] };
  readonly samples: readonly Sample[];
  /** When the samples were last sent to the renderers; null before. */
  readonly samplesSentAt: Instant | null;
  /** Null without a limit. */
  readonly budget: Budget | null;
  /** Null unless the job is paused. */
  readonly pausedBecause: (typeof pauseReasons)[number] | null;
  /** How many images were given a new version. */
  readonly handed: number;
  /** How many that were when the job last got a higher budget in dollars. */
  readonly handedAtBudget: number;
  /** What those took together whose new version is ready. */
  readonly taken: Sample;
  /** Of a lane: the partition of the catalogue that it walks through (stored jobs call it so). Null for a job itself. */
  readonly part: number | null;
  /** Of a large job: its lanes do the work. Null where the job does it itself. */
  readonly divided: Divided | null;
};

/**
 * A large job is divided into lanes, one for each partition of the catalogue. A lane is a small job of its own, under an id of
 * its own and in no list; the job is the sum of them.
 */
export type Divided = {
  readonly lanes: number;
  /** How many of them still have something to do. */
  readonly open: number;
  /** How often the engine was started for them. */
  readonly runs: number;
  /** How many images each lane may hand over within the budget of the job; null before that is known. */
  readonly allowances: readonly number[] | null;
};
export type BulkJobFailure = { readonly id: ImageId; readonly code: string; readonly message: string };

/** `failed` counts them all; a longer list would only make the job too large to store. */
export const maxListedFailures = 100;
export const maxSamples = 8;

type NewBulkJob = Pick<BulkJob, 'id' | 'selection' | 'preset' | 'dryRun'> & Partial<Pick<BulkJob, 'budget' | 'part'>>;

export const newBulkJob = (order: NewBulkJob, at: Instant): BulkJob => ({
  ...laterFields,
  ...order,
  action: 'reprocess',
  status: 'running',
  createdAt: at,
  updatedAt: at,
  revision: 0,
  stage: 'counting',
  position: null,
  total: 0,
  done: 0,
  failed: 0,
  skipped: 0,
  failures: [],
  underWay: [],
  spread: { stride: 1, ids: [] },
  samples: [],
});

/** The fields that the first jobs did not have. */
const laterFields = {
  budget: null,
  pausedBecause: null,
  handed: 0,
  handedAtBudget: 0,
  taken: { ms: 0, bytes: 0, files: 0 },
  part: null,
  divided: null,
  samplesSentAt: null,
} as const;

export const bulkJobFrom = (text: string): BulkJob => ({ ...laterFields, ...(JSON.parse(text) as BulkJob) });

/** Whether the clock still has to look at a job: it goes on, or images of it are with the renderers. */
export const isOpen = ({ status, underWay, divided }: BulkJob): boolean =>
  status === 'running' || underWay.length > 0 || (divided?.open ?? 0) > 0;

export const laneId = (job: string, part: number): string => `${job}-${part}`;

export const jobOrders = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
} as const satisfies Record<string, { from: readonly BulkJob['status'][]; to: BulkJob['status'] }>;
export type JobOrder = keyof typeof jobOrders;

/**
 * A job after an order, or undefined if its status does not allow the order. Images that are with the renderers are still
 * made and counted, also after a cancel: each is a version like any other. Samples of a cancelled dry run are dropped.
 */
export const withOrder = (job: BulkJob, order: JobOrder): BulkJob | undefined => {
  const { from, to } = jobOrders[order];
  if (job.status === to) return job;
  if (!(from as readonly string[]).includes(job.status)) return undefined;
  const underWay = to === 'cancelled' ? job.underWay.filter(({ version }) => version > 0) : job.underWay;
  return { ...job, status: to, underWay, pausedBecause: to === 'paused' ? 'asked' : null };
};

export const withDone = (job: BulkJob, { ms, bytes, files }: Sample): BulkJob => {
  const { taken } = job;
  return {
    ...job,
    done: job.done + 1,
    taken: { ms: taken.ms + ms, bytes: taken.bytes + bytes, files: taken.files + files },
  };
};

export const withFailure = (job: BulkJob, failure: BulkJobFailure): BulkJob => ({
  ...job,
  failed: job.failed + 1,
  failures: job.failures.length < maxListedFailures ? [...job.failures, failure] : job.failures,
});

/** How many images of a job are handed over, or asked about, side by side. */
export const atOnce = 25;
/** A lane rests so long between two slices. */
export const lanePauseMs = 250;

/** Counts an image and keeps an even sample of all: when the sample is full, every other one is dropped. */
export const withCounted = (job: BulkJob, id: ImageId): BulkJob => {
  const { stride, ids } = job.spread;
  const grown = job.total % stride === 0 ? [...ids, id] : ids;
  const spread =
    grown.length > maxSamples
      ? { stride: stride * 2, ids: grown.filter((_, at) => at % 2 === 0) }
      : { stride, ids: grown };
  return { ...job, total: job.total + 1, spread };
};

export type Estimate = Readonly<Record<'images' | 'bytes' | 'files' | 'seconds', number>>;
/** Undefined in a home that has no prices. */
export type DollarsOf = ((estimate: Estimate) => number) | undefined;

/** What so many images take, if they are like those that are done; undefined before one is. */
const stretched = ({ taken, done }: BulkJob, images: number): Estimate | undefined => {
  if (done === 0) return undefined;
  const of = (sum: number) => (sum / done) * images;
  return { images, bytes: of(taken.bytes), files: of(taken.files), seconds: of(taken.ms) / 1000 };
};

/** What the images that a job has handed to the renderers cost; undefined as long as that is not known. */
export const dollarsSpent = (job: BulkJob, dollarsOf: DollarsOf): number | undefined => {
  if (job.handed === 0) return dollarsOf && 0;
  const spent = stretched(job, job.handed);
  return spent && dollarsOf?.(spent);
};

/** So many images are rendered first, to learn what one costs; so many again with each higher budget, while all fail. */
const firstImages = maxSamples;

/**
 * How many more images a job may hand to the renderers within its budget. An image that fails counts as much as one that
 * is ready.
 */
export const roomOf = (job: BulkJob, dollarsOf: DollarsOf): number => {
  const { images = Number.POSITIVE_INFINITY, dollars } = job.budget ?? {};
  const left = images - job.handed;
  if (dollars === undefined) return left;
  const one = stretched(job, 1);
  const perImage = one && dollarsOf?.(one);
  if (perImage === undefined) return Math.min(left, firstImages - (job.handed - job.handedAtBudget));
  return Math.min(left, Math.floor(dollars / perImage) - job.handed);
};

/** The sampled renders, stretched to all the images. */
export const estimateOf = ({ samples, total }: BulkJob): Estimate | null => {
  if (samples.length === 0) return null;
  const perSample = (sum: (sample: Sample) => number) =>
    samples.reduce((total, sample) => total + sum(sample), 0) / samples.length;
  return {
    images: total,
    bytes: Math.round(perSample(({ bytes }) => bytes) * total),
    seconds: (perSample(({ ms }) => ms) * total) / 1000,
    files: Math.round(perSample(({ files }) => files) * total),
  };
};
