import { presetName } from '../core/admission.ts';
import type { Config } from '../core/config.ts';
import { BadPicture } from '../core/errors.ts';
import { type Job, type JobFailure, type Sample, withFailure } from '../core/job.ts';
import { originalKey } from '../core/keys.ts';
import type { Catalogue, Clock, JobBook, ObjectStore, Renderer, SampleJob } from '../ports.ts';
import { renderOrder } from './render-order.ts';
import { uploadedVersion } from './uploaded-version.ts';

type World = {
  readonly catalogue: Catalogue;
  readonly jobs: JobBook;
  readonly originals: ObjectStore;
  readonly renderer: Renderer;
  readonly clock: Clock;
  readonly config: Config;
};

/** Renders an image for the sake of its figures, keeps no file, and notes them in the job. Twice notes them once. */
export const sampleImage = async (world: World, sample: SampleJob): Promise<void> => {
  const result = await measure(world, sample);
  await note(world.jobs, sample, (job) => {
    if (result === 'gone') return { ...job, skipped: job.skipped + 1 };
    if ('code' in result) return withFailure(job, result);
    return { ...job, done: job.done + 1, samples: [...job.samples, result] };
  });
};

/** For a sample whose renderer died every time. */
export const giveUpSample = (jobs: JobBook, sample: SampleJob): Promise<void> =>
  note(jobs, sample, (job) =>
    withFailure(job, { id: sample.id, code: 'gave-up', message: 'The sample could not be rendered.' }),
  );

const measure = async (world: World, { id, preset }: SampleJob): Promise<Sample | JobFailure | 'gone'> => {
  const { catalogue, originals, renderer, clock, config } = world;
  const image = await catalogue.find(id);
  const version = image && (await uploadedVersion(catalogue, image));
  const bytes = version && (await originals.get(originalKey({ id, version: version.source })));
  if (!version || !bytes) return 'gone';
  const kept = Object.hasOwn(config.presets, version.preset) ? version.preset : undefined;
  // A sample predicts what a reprocess would make, and that is by the present settings.
  const order = renderOrder(config, { preset: presetName(config, preset ?? kept), original: version.original });
  if (!order) return 'gone';
  const startedAt = clock.now();
  try {
    const { variants } = await renderer.render(bytes, order, async () => undefined);
    const stored = variants.reduce((sum, variant) => sum + variant.bytes, 0);
    return { ms: clock.now() - startedAt, bytes: stored, files: variants.length };
  } catch (error) {
    if (error instanceof BadPicture) return { id, code: error.code, message: error.message };
    throw error;
  }
};

const note = async (jobs: JobBook, sample: SampleJob, change: (job: Job) => Job): Promise<void> => {
  for (;;) {
    const job = await jobs.find(sample.job);
    if (!job?.underWay.some(({ id, version }) => id === sample.id && version === 0)) return;
    const underWay = job.underWay.filter(({ id, version }) => id !== sample.id || version !== 0);
    if (await jobs.save({ ...change(job), underWay, revision: job.revision + 1 })) return;
  }
};
