import { presetName } from '../core/admission.ts';
import { type BulkJob, type BulkJobFailure, type Sample, withDone, withFailure } from '../core/bulk-job.ts';
import { BadPicture } from '../core/errors.ts';
import { originalKey } from '../core/object-keys.ts';
import type { BulkJobs, Ports, SampleTask } from '../ports.ts';
import { checkType } from './parts/check-original.ts';
import { renderOrder } from './parts/render-order.ts';
import { versionForJob } from './parts/uploaded-version.ts';

type World = Pick<Ports, 'catalogue' | 'jobs' | 'originals' | 'renderer' | 'clock' | 'config'>;

/**
 * Renders an image to measure it, keeps no file, and notes the figures in the bulk job. Running it twice notes them once, and
 * a task that comes again after that, or after the end of the job, renders nothing.
 */
export const sampleImage = async (world: World, sample: SampleTask): Promise<void> => {
  const job = await world.jobs.find(sample.job);
  if (!job || !isWanted(job, sample)) return;
  const result = await measure(world, job, sample);
  await note(world.jobs, sample, (job) => {
    if (result === 'gone') return { ...job, skipped: job.skipped + 1 };
    if ('code' in result) return withFailure(job, result);
    return { ...withDone(job, result), samples: [...job.samples, result] };
  });
};

/** Ends a sample whose renderer died every time. */
export const giveUpSample = (jobs: BulkJobs, sample: SampleTask): Promise<void> =>
  note(jobs, sample, (job) =>
    withFailure(job, { id: sample.id, code: 'gave-up', message: 'The sample could not be rendered.' }),
  );

const isWanted = (job: BulkJob, sample: SampleTask): boolean =>
  job.underWay.some(({ id, version }) => id === sample.id && version === 0);

const measure = async (
  world: World,
  { selection }: BulkJob,
  { id, preset }: SampleTask,
): Promise<Sample | BulkJobFailure | 'gone'> => {
  const { catalogue, originals, renderer, clock, config } = world;
  const image = await catalogue.find(id);
  const version = image && (await versionForJob(world, image, selection));
  if (!version || version === 'awaited' || version === 'removed') return 'gone';
  const bytes = await originals.get(originalKey({ id, version: version.source }));
  if (!bytes) return 'gone';
  const kept = Object.hasOwn(config.presets, version.preset) ? version.preset : undefined;
  // A sample predicts what a reprocess would make, and that is by the present settings.
  const order = renderOrder(config, { preset: presetName(config, preset ?? kept), original: version.original });
  if (!order) return 'gone';
  const startedAt = clock.now();
  try {
    checkType(config, version.original);
    const { variants } = await renderer.render(bytes, order, async () => undefined);
    const stored = variants.reduce((sum, variant) => sum + variant.bytes, 0);
    return { ms: clock.now() - startedAt, bytes: stored, files: variants.length };
  } catch (error) {
    if (error instanceof BadPicture) return { id, code: error.code, message: error.message };
    throw error;
  }
};

const note = async (jobs: BulkJobs, sample: SampleTask, change: (job: BulkJob) => BulkJob): Promise<void> => {
  for (;;) {
    const job = await jobs.find(sample.job);
    if (!job || !isWanted(job, sample)) return;
    const underWay = job.underWay.filter(({ id, version }) => id !== sample.id || version !== 0);
    if (await jobs.save({ ...change(job), underWay, revision: job.revision + 1 })) return;
  }
};
