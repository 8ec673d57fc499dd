import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { bucketStores } from '../../lib/adapters/aws/bucket-stores.ts';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import type { ServedStore } from '../../lib/ports.ts';
import { runCommand, startCommand } from '../support/command.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startInVain, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { type S3Server, startS3Server } from '../system/objects/s3-server.ts';

let server: S3Server;
let photo: Uint8Array<ArrayBuffer>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let proxy: FlakyProxy;
let place: string;
let objects: ServedStore;
let environment: Record<string, string>;
const services: Service[] = [];

beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.environment);
  photo = await bytesOf(noise(300, 200).jpeg());
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = await temporaryFolder();
  proxy = await startFlakyProxy();
  proxy.target = server.url;
  place = `s3://${await server.newBucket()}/pictures`;
  ({ objects } = await bucketStores({ place, endpoint: server.url }, { now: Date.now }));
  environment = { ...server.environment, DARKROOM_OBJECTS: place, DARKROOM_OBJECTS_ENDPOINT: proxy.url };
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop('SIGKILL');
  await proxy.close();
  await folder.remove();
});

const start = async (more: Record<string, string> = {}): Promise<Service> => {
  const service = await startService(folder.path, { DARKROOM_WORKERS: '1', ...more });
  services.push(service);
  return service;
};
const addReady = async (service: Service): Promise<ImageAnswer> => {
  const { id } = await upload(service, photo, { preset: 'thumbnails' });
  const image = await imageOnce(service, id, isDone);
  expect(image.status).toBe('ready');
  return image;
};
const commandVariables = () => ({ ...environment, DARKROOM_DATA: folder.path });
const move = () => runCommand(['move', '--to', place], commandVariables());
const keysBelow = async (prefix: string) => {
  const keys: string[] = [];
  for await (const { key } of objects.list(prefix)) keys.push(key);
  return keys;
};
const putsSeen = () => proxy.seen.filter(({ method }) => method === 'PUT').length;
const filesIn = async (name: string) =>
  (await readdir(join(folder.path, name), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
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
  const images = [await addReady(service), await addReady(service), await addReady(service)];
  await service.stop();
  const files = await storedFiles();

  proxy.plan('PUT', `images/${images[1]?.id}`, 'stalled', 'stalled', 'stalled', 'stalled');
  const killed = startCommand(['move', '--to', place], commandVariables());
  const stalls = () =>
    proxy.seen.filter(({ method, path }) => method === 'PUT' && path.includes(`images/${images[1]?.id}`));
  await until(() => stalls().length >= 4, killed.stderr);
  killed.process.kill('SIGKILL');
  await killed.ended;
  const stored = [...(await keysBelow('originals/')), ...(await keysBelow('images/'))].length;
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(files);
  expect((await startInVain(folder.path, environment)).output).toContain(`Run darkroom move --to ${place} first.`);
  const between = await start();
  await expectServed(between, images[0] as ImageAnswer);
  await between.stop();

  proxy.forget();
  const ended = await move();
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining(`The pictures are in ${place} now.`) });
  const [, copied, before] = /copied: (\d+)\. Copied before: (\d+)/.exec(ended.stdout) ?? [];
  expect(Number(copied) + Number(before)).toBe(files);
  expect(Number(before)).toBeGreaterThan(0);
  expect(putsSeen()).toBe(Number(copied));
  expect(await move()).toMatchObject({ code: 1, stderr: expect.stringContaining('already') });

  // Nothing of what follows comes from the folders.
  for (const name of ['private', 'public']) await rm(join(folder.path, name), { recursive: true });
  expect((await startInVain(folder.path)).output).toContain(`Set DARKROOM_OBJECTS=${place}`);
  const moved = await start(environment);
  for (const image of images) await expectServed(moved, image);
  await moved.call('POST', `/v1/images/${images[0]?.id}/reprocess`);
  expect(await imageOnce(moved, images[0]?.id ?? '', isDone)).toMatchObject({ version: 2, status: 'ready' });
});

test('a move beside a running service copies, and the next one takes in what has changed since and switches', async () => {
  const service = await start();
  const [kept, deleted] = [await addReady(service), await addReady(service)];
  expect(await move()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Stop it and run this command again'),
  });
  const late = await addReady(service);
  await service.call('DELETE', `/v1/images/${deleted.id}`);
  // By accident.
  await objects.remove((await keysBelow(`images/${kept.id}/`)).slice(0, 1));
  await service.stop();
  expect(await move()).toMatchObject({ code: 0 });
  expect(await keysBelow(`images/${deleted.id}/`)).toEqual([]);
  expect(await keysBelow(`originals/${deleted.id}/`)).toEqual([]);
  const moved = await start(environment);
  await expectServed(moved, kept);
  await expectServed(moved, late);
});

test('a line of its journal that a kill has cut off does not end a move', async () => {
  const service = await start();
  const image = await addReady(service);
  await move();
  await service.stop();
  const journal = join(folder.path, 'moving.jsonl');
  const text = await readFile(journal, 'utf8');
  await writeFile(journal, text.slice(0, -5));
  expect(await move()).toMatchObject({ code: 0, stdout: expect.stringContaining('Objects copied: 1.') });
  await expectServed(await start(environment), image);
});

test('a move refuses a place with objects of another Darkroom, a second place, and a folder without a Darkroom', async () => {
  const service = await start();
  await addReady(service);
  await objects.put(`originals/${'a'.repeat(26)}/v1`, photo);
  expect(await move()).toMatchObject({ code: 1, stderr: expect.stringContaining('holds originals/') });
  await objects.remove([`originals/${'a'.repeat(26)}/v1`]);
  await move();
  expect(await runCommand(['move', '--to', `${place}-two`], commandVariables())).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`A move to ${place} has begun.`),
  });
  const elsewhere = { ...commandVariables(), DARKROOM_DATA: join(folder.path, 'none') };
  expect(await runCommand(['move', '--to', place], elsewhere)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no Darkroom in'),
  });
});
