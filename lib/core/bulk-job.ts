import type { ImageId } from './ids.ts';
import type { Instant } from './image.ts';

export const jobStatuses = ['running', 'paused', 'cancelled', 'done'] as const;

/** Which images a bulk job is about; `stale` are those whose visible version another recipe than the present one has made. */
export type Selection =
  | { readonly ids: readonly ImageId[] }
  | { readonly collection: string }
  | { readonly all: true }
  | { readonly stale: true };

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
  /** Deleted meanwhile, never uploaded, or with a preset that is not configured any more. */
  readonly skipped: number;
  readonly failures: readonly BulkJobFailure[];
  /** Tasks of renderers that have not ended. The version is 0 for a sample. */
  readonly underWay: readonly { readonly id: ImageId; readonly version: number }[];
  /** Images spread evenly over those counted so far, one out of `stride`. */
  readonly spread: { readonly stride: number; readonly ids: readonly ImageId[] };
  readonly samples: readonly Sample[];
};
export type BulkJobFailure = { readonly id: ImageId; readonly code: string; readonly message: string };

/** `failed` counts them all; a longer list would only make the job too large to store. */
const maxListedFailures = 100;
const maxSamples = 8;

export const newBulkJob = (order: Pick<BulkJob, 'id' | 'selection' | 'preset' | 'dryRun'>, at: Instant): BulkJob => ({
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

/** Whether the clock still has to look at a job: it goes on, or images of it are with the renderers. */
export const isOpen = ({ status, underWay }: BulkJob): boolean => status === 'running' || underWay.length > 0;

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
  return { ...job, status: to, underWay };
};

export const withFailure = (job: BulkJob, failure: BulkJobFailure): BulkJob => ({
  ...job,
  failed: job.failed + 1,
  failures: job.failures.length < maxListedFailures ? [...job.failures, failure] : job.failures,
});

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
