import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newBulkJob } from '../../lib/core/bulk-job.ts';
import { manifestKey } from '../../lib/core/object-keys.ts';
import { auditStore } from '../../lib/pipeline/audit-store.ts';
import { renderImage } from '../../lib/pipeline/render-image.ts';
import { repairImage } from '../../lib/pipeline/repair-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import { sampleImage } from '../../lib/pipeline/sample-image.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

// A format was taken out of `accept` while originals of it were there: no decoder may see one.

let world: TestWorld;
let photo: Uint8Array;
let id: string;
beforeAll(async () => {
  photo = await bytesOf(noise(120, 120).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
  id = await world.arrive(photo);
});
afterEach(() => world.close());

let decoded = 0;
beforeEach(() => {
  decoded = 0;
});
const without = (): TestWorld => ({
  ...world,
  config: { ...world.config, accept: ['image/png'] },
  renderer: {
    ...world.renderer,
    render: async () => {
      decoded++;
      throw new Error('a decoder has seen it');
    },
  },
});
const refused = {
  code: 'unsupported-format',
  message: 'This service does not take image/jpeg at present. Convert the picture to one of image/png.',
};

test('an original that waited is refused, and can be reprocessed when the format is taken again', async () => {
  expect(await renderImage(without(), { id, version: 1 })).toMatchObject({ end: 'failed', error: refused });
  expect(decoded).toBe(0);
  await reprocessImage(world, id, {});
  expect(await renderImage(world, { id, version: 2 })).toMatchObject({ end: 'ready' });
});

test('a reprocess is refused, and the version before is still seen', async () => {
  await renderImage(world, { id, version: 1 });
  await reprocessImage(without(), id, {});
  expect(await renderImage(without(), { id, version: 2 })).toMatchObject({ end: 'failed', error: refused });
  expect(decoded).toBe(0);
  expect(await world.catalogue.find(id)).toMatchObject({ visible: { version: 1 } });
});

test('neither a repair nor an audit renders it', async () => {
  await renderImage(world, { id, version: 1 });
  await world.variants.remove([manifestKey({ id, version: 1 })]);
  expect(await repairImage(without(), { id, version: 1 })).toBeUndefined();
  for (const recipe of ['another recipe', (await world.ready(id)).rendering.recipe])
    expect(await auditStore({ ...without(), recipeOf: () => recipe }, 'a')).toMatchObject({ repaired: 0, lost: 1 });
  expect([decoded, world.queue.depth(), await world.catalogue.version(id, 2)]).toEqual([0, 0, undefined]);
});

test('a bulk job that would measure it counts a failure', async () => {
  await renderImage(world, { id, version: 1 });
  const job = 'j'.repeat(26);
  const dryRun = newBulkJob({ id: job, selection: { ids: [id] }, preset: null, dryRun: true }, world.clock.now());
  await world.jobs.add({ ...dryRun, stage: 'waiting', total: 1, underWay: [{ id, version: 0 }] });
  await sampleImage(without(), { job, id, preset: null });
  expect(await world.jobs.find(job)).toMatchObject({ failed: 1, failures: [{ id, ...refused }] });
  expect(decoded).toBe(0);
});
