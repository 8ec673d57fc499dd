import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { useBuckets } from '../support/bucket.ts';
import { jsonLines, runCommand, startCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startInVain } from '../support/service.ts';
import { addReady, servicesInFolder } from '../support/services.ts';
import { until } from '../support/until.ts';

let photo: Uint8Array<ArrayBuffer>;
// In this order, so that services end before the store.
const { data, inFolder, start } = servicesInFolder();
const bucket = useBuckets();
beforeAll(async () => {
  photo = await bytesOf(noise(300, 200).jpeg());
});

const commandVariables = () => ({ ...bucket.environment, DARKROOM_DATA: data() });
const move = () => runCommand(['move', '--to', bucket.place], commandVariables());
const putsSeen = () => bucket.proxy.seen.filter(({ method }) => method === 'PUT').length;
const filesIn = async (name: string) =>
  (await readdir(join(data(), name), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
const storedFiles = async () => [...(await filesIn('private')), ...(await filesIn('public'))].length;

/** Every URL of an image serves the bytes that its hash names. */
const expectServed = async (service: Service, before: ImageAnswer): Promise<void> => {
  const { body } = await service.call('GET', `/v1/images/${before.id}`);
  const { ready } = body as ImageAnswer;
  const pathOf = ({ url }: { url: string }) => new URL(url).pathname;
  expect(ready?.variants.map(pathOf)).toEqual(before.ready?.variants.map(pathOf));
  for (const { url, sha256 } of ready?.variants ?? []) {
    const bytes = await (await fetch(url)).arrayBuffer();
    expect(Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('base64')).toBe(sha256);
  }
};

test('a move that is killed in the middle changes nothing, continues, and switches only when everything is there', async () => {
  const service = await start();
  const images = [await addReady(service, photo), await addReady(service, photo), await addReady(service, photo)];
  await service.stop();
  const files = await storedFiles();

  bucket.proxy.plan('PUT', `images/${images[1]?.id}`, 'stalled', 'stalled', 'stalled', 'stalled');
  const killed = startCommand(['move', '--to', bucket.place], commandVariables());
  const stalls = () =>
    bucket.proxy.seen.filter(({ method, path }) => method === 'PUT' && path.includes(`images/${images[1]?.id}`));
  await until(() => stalls().length >= 4, killed.stderr);
  killed.process.kill('SIGKILL');
  await killed.ended;
  const stored = [...(await bucket.keysBelow('originals/')), ...(await bucket.keysBelow('images/'))].length;
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(files);
  expect((await startInVain(data(), bucket.environment)).output).toContain(
    `Run darkroom move --to ${bucket.place} first.`,
  );
  const between = await start();
  await expectServed(between, images[0] as ImageAnswer);
  await between.stop();

  bucket.proxy.forget();
  const ended = await move();
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining(`The pictures are in ${bucket.place} now.`) });
  const [, copied, before] = /copied: (\d+)\. Copied before: (\d+)/.exec(ended.stdout) ?? [];
  expect(Number(copied) + Number(before)).toBe(files);
  expect(Number(before)).toBeGreaterThan(0);
  expect(putsSeen()).toBe(Number(copied));
  expect(await move()).toMatchObject({ code: 1, stderr: expect.stringContaining('already') });

  // Nothing of what follows comes from the folders.
  for (const name of ['private', 'public']) await rm(join(data(), name), { recursive: true });
  expect((await startInVain(data())).output).toContain(`Set DARKROOM_OBJECTS=${bucket.place}`);
  const moved = await start(bucket.environment);
  for (const image of images) await expectServed(moved, image);
  await moved.call('POST', `/v1/images/${images[0]?.id}/reprocess`);
  expect(await imageOnce(moved, images[0]?.id ?? '', isDone)).toMatchObject({ version: 2, status: 'ready' });
});

test('a move beside a running service copies, and the next one takes in what has changed since and switches', async () => {
  const service = await start();
  const [kept, deleted] = [await addReady(service, photo), await addReady(service, photo)];
  expect(await move()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Stop it and run this command again'),
  });
  const late = await addReady(service, photo);
  await service.call('DELETE', `/v1/images/${deleted.id}`);
  // By accident.
  await bucket.objects.remove((await bucket.keysBelow(`images/${kept.id}/`)).slice(0, 1));
  await service.stop();
  expect(await move()).toMatchObject({ code: 0 });
  expect(await bucket.keysBelow(`images/${deleted.id}/`)).toEqual([]);
  expect(await bucket.keysBelow(`originals/${deleted.id}/`)).toEqual([]);
  const moved = await start(bucket.environment);
  await expectServed(moved, kept);
  await expectServed(moved, late);
});

test('a line of its journal that a kill has cut off does not end a move', async () => {
  const service = await start();
  const image = await addReady(service, photo);
  await move();
  await service.stop();
  const journal = join(data(), 'moving.jsonl');
  const text = await readFile(journal, 'utf8');
  await writeFile(journal, text.slice(0, -5));
  expect(await move()).toMatchObject({ code: 0, stdout: expect.stringContaining('Objects copied: 1.') });
  await expectServed(await start(bucket.environment), image);
});

test('a move refuses a place with objects of another Darkroom, a second place, and a folder without a Darkroom', async () => {
  const service = await start();
  await addReady(service, photo);
  await bucket.objects.put(`originals/${'a'.repeat(26)}/v1`, photo);
  expect(await move()).toMatchObject({ code: 1, stderr: expect.stringContaining('holds originals/') });
  await bucket.objects.remove([`originals/${'a'.repeat(26)}/v1`]);
  expect(jsonLines(await runCommand(['move', '--to', bucket.place, '--json'], commandVariables()))).toMatchObject([
    { switched: false, place: bucket.place },
  ]);
  expect(await runCommand(['move', '--to', `${bucket.place}-two`], commandVariables())).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`A move to ${bucket.place} has begun.`),
  });
  const elsewhere = { ...commandVariables(), DARKROOM_DATA: inFolder('none') };
  expect(await runCommand(['move', '--to', bucket.place], elsewhere)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no Darkroom in'),
  });
});
