import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newBulkJob, type Selection } from '../../lib/core/bulk-job.ts';
import { BadPicture } from '../../lib/core/errors.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { renderImage } from '../../lib/pipeline/render-image.ts';
import { requestVersion } from '../../lib/pipeline/request-version.ts';
import { giveUpSample, sampleImage } from '../../lib/pipeline/sample-image.ts';
import { steerJob } from '../../lib/pipeline/steer-job.ts';
import type { Renderer } from '../../lib/ports.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let photo: Uint8Array;
let id: string;
beforeAll(async () => {
  photo = await bytesOf(noise(120, 120).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
  id = await world.arrive(photo);
  await world.queue.send({ render: { id, version: 1 } });
  await world.drain();
});
afterEach(() => world.close());

const jobId = 'j'.repeat(26);
/** A dry run that waits for the sample of one image. */
const waitFor = async (image: string, selection: Selection = { ids: [image] }) => {
  const job = newBulkJob({ id: jobId, selection, preset: null, dryRun: true }, world.clock.now());
  await world.jobs.add({ ...job, stage: 'waiting', total: 1, underWay: [{ id: image, version: 0 }] });
  return { job: jobId, id: image, preset: null };
};
const rendererThat = (render: Renderer['render']): Renderer => ({ ...world.renderer, render });

describe('a sample of an image', () => {
  test('notes what a render takes, once, and keeps no file', async () => {
    const sample = await waitFor(id);
    const { variants } = (await world.ready(id)).rendering;
    const put = () => Promise.reject(new Error('a sample stores nothing'));
    const forgetful = { ...world, variants: { ...world.variants, put } };
    let renders = 0;
    const slow = rendererThat(async (...args) => {
      renders++;
      const rendered = await world.renderer.render(...args);
      world.pass(700);
      return rendered;
    });
    for (let time = 1; time <= 2; time++) await sampleImage({ ...forgetful, renderer: slow }, sample);
    const job = await world.jobs.find(jobId);
    expect(job).toMatchObject({ done: 1, failed: 0, underWay: [] });
    const bytes = variants.reduce((sum, variant) => sum + variant.bytes, 0);
    expect(job?.samples).toEqual([{ ms: 700, bytes, files: variants.length }]);
    expect(renders).toBe(1);
  });

  test.each([
    ['a cancelled job', jobId],
    ['a job that is not there', 'k'.repeat(26)],
  ])('of %s renders nothing', async (_, job) => {
    const sample = await waitFor(id);
    await steerJob(world, jobId, 'cancel');
    const renderer = rendererThat(() => Promise.reject(new Error('a sample was rendered')));
    await sampleImage({ ...world, renderer }, { ...sample, job });
  });

  test('is made from the picture that people see, as the job would make it, where a newer upload has failed', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    await world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(9));
    await renderImage(world, { id, version: 2 });
    const sample = await waitFor(id, { all: true });
    await sampleImage(world, sample);
    expect(await world.jobs.find(jobId)).toMatchObject({ done: 1, failed: 0 });
  });

  test('is made by the preset that the job names', async () => {
    const sample = await waitFor(id);
    await sampleImage(world, { ...sample, preset: 'specimen' });
    expect((await world.jobs.find(jobId))?.samples).toMatchObject([{ files: 4 }]);
  });

  test('is not lost when the job is saved by another process in between', async () => {
    const sample = await waitFor(id);
    let saves = 0;
    const save: TestWorld['jobs']['save'] = async (job) => (saves++ === 0 ? false : world.jobs.save(job));
    await sampleImage({ ...world, jobs: { ...world.jobs, save } }, sample);
    expect(await world.jobs.find(jobId)).toMatchObject({ done: 1 });
  });

  test('of a picture that cannot be rendered is a failure with its code', async () => {
    const renderer = rendererThat(() => Promise.reject(new BadPicture('corrupt')));
    await sampleImage({ ...world, renderer }, await waitFor(id));
    expect(await world.jobs.find(jobId)).toMatchObject({ done: 0, failed: 1, failures: [{ id, code: 'corrupt' }] });
  });

  test('that meets other trouble notes nothing, so that it is tried again', async () => {
    const trouble = new Error('what is this');
    const sample = await waitFor(id);
    await expect(sampleImage({ ...world, renderer: rendererThat(() => Promise.reject(trouble)) }, sample)).rejects.toBe(
      trouble,
    );
    expect(await world.jobs.find(jobId)).toMatchObject({ done: 0, failed: 0, underWay: [{ id, version: 0 }] });
  });

  test('is made from the newest original that is there, when that of a later failure has been removed', async () => {
    await requestVersion(world, id, { contentType: 'image/jpeg', bytes: 9 });
    await world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(9));
    await renderImage(world, { id, version: 2 });
    await world.originals.remove([originalKey({ id, version: 2 })]);
    await sampleImage(world, await waitFor(id));
    expect(await world.jobs.find(jobId)).toMatchObject({ done: 1, failed: 0, skipped: 0 });
  });

  test.each([
    ['deleted', () => world.catalogue.remove(id, world.clock.now())],
    ['without its original', () => world.originals.remove([`originals/${id}/v1`])],
  ])('of an image that is %s is skipped', async (_, lose) => {
    const sample = await waitFor(id);
    await lose();
    await sampleImage(world, sample);
    expect(await world.jobs.find(jobId)).toMatchObject({ done: 0, failed: 0, skipped: 1, underWay: [] });
  });

  test('whose renderer died every time is given up', async () => {
    await giveUpSample(world.jobs, await waitFor(id));
    expect(await world.jobs.find(jobId)).toMatchObject({ failed: 1, failures: [{ id, code: 'gave-up' }] });
  });
});
