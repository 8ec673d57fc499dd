import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { s3ObjectStore } from '../../lib/adapters/aws/s3-object-store.ts';
import { darkroom, type ReadyImage } from '../../lib/client/darkroom.ts';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { jsonLines, runCommand, startCommand } from '../support/command.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startInVain } from '../support/service.ts';
import { addReady, servicesInFolder } from '../support/services.ts';
import { until } from '../support/until.ts';
import { deployed } from '../system/aws/deploy.ts';
import { keys, newBucket, s3, settings } from '../system/aws/emulated.ts';

const { api, url, outputs } = deployed();
const client = darkroom({ url: api, key: keys.test });
const { data, inFolder, start } = servicesInFolder();
const photos: Uint8Array<ArrayBuffer>[] = [];
let proxy: FlakyProxy;
beforeAll(async () => {
  for (const width of [300, 310, 320]) photos.push(await bytesOf(noise(width, 200).jpeg()));
});
beforeEach(async () => {
  proxy = await startFlakyProxy();
  proxy.target = url;
});
afterEach(() => proxy.close());

/** The AWS of a command is behind the bad network. */
const variables = (folder = data()) => {
  const { region, credentials } = settings();
  return {
    DARKROOM_DATA: folder,
    AWS_ENDPOINT_URL: proxy.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
};
const move = (...args: readonly string[]) => ['move', ...args, '--json'];
const there = ['--to', 'aws:Darkroom'];
const puts = () => proxy.seen.filter(({ method }) => method === 'PUT').length;
const pathOf = ({ url: address }: { url: string }) => new URL(address).pathname;
const digestOf = (bytes: ArrayBuffer | Uint8Array | undefined) =>
  bytes && createHash('sha256').update(new Uint8Array(bytes)).digest('base64');

/** The AWS home shows the same image under the same paths, and its buckets hold the bytes that the hashes name. */
const expectInCloud = async (before: ImageAnswer): Promise<void> => {
  const { ready, ...image } = (await client.findImage(before.id)) as ReadyImage;
  expect(image).toMatchObject({ id: before.id, version: before.version, status: 'ready', filename: before.filename });
  expect(ready.variants.map(pathOf)).toEqual(before.ready?.variants.map(pathOf));
  const [originals, variants] = [outputs.OriginalsBucket, outputs.VariantsBucket].map((name) =>
    s3ObjectStore(s3(), name),
  );
  for (const variant of before.ready?.variants ?? [])
    expect(digestOf(await variants?.get(pathOf(variant).slice(1)))).toBe(variant.sha256);
  expect(digestOf(await originals?.get(originalKey({ id: before.id, version: 1 })))).toBe(before.original.sha256);
};

const expectServed = async (service: Service, { id, ready }: ImageAnswer): Promise<void> => {
  const { body } = await service.call('GET', `/v1/images/${id}`);
  expect((body as ImageAnswer).ready?.variants.map(pathOf)).toEqual(ready?.variants.map(pathOf));
  for (const { url: address, sha256 } of (body as ImageAnswer).ready?.variants ?? [])
    expect(digestOf(await (await fetch(address)).arrayBuffer())).toBe(sha256);
};

test('pictures move into the AWS home, killed among the objects and in the catalogue, and back into a folder', async () => {
  const service = await start();
  const images: ImageAnswer[] = [];
  for (const photo of photos) images.push(await addReady(service, photo));
  const [first, second] = images;
  await service.stop();

  // Among the objects: the service goes on as if nothing had happened.
  proxy.plan('PUT', `images/${second?.id}`, 'stalled', 'stalled', 'stalled', 'stalled');
  const among = startCommand(move(...there), variables());
  await until(
    () =>
      proxy.seen.filter(({ method, path }) => method === 'PUT' && path.includes(`images/${second?.id}`)).length >= 4,
    among.stderr,
  );
  among.process.kill('SIGKILL');
  await among.ended;
  proxy.forget();
  const between = await start();
  await expectServed(between, images[2] as ImageAnswer);
  // While it works, a move copies and does not switch.
  const beside = await runCommand(move(...there), variables());
  expect(beside).toMatchObject({ code: 1, stderr: expect.stringContaining('Stop it and run this command again') });
  expect(jsonLines(beside)).toMatchObject([{ place: 'aws:Darkroom', switched: false }]);
  const [{ copied = 0, before = 0 } = {}] = jsonLines(beside) as { copied: number; before: number }[];
  expect(before).toBeGreaterThan(0);
  expect(puts()).toBe(copied);
  await between.stop();

  // In the catalogue: the data folder says where the pictures are going, and no service starts on it.
  proxy.forget();
  proxy.plan('POST', 'PutItem', 'stalled', 'stalled', 'stalled');
  const midway = startCommand(move(...there), variables());
  await until(
    () => proxy.seen.filter(({ headers }) => String(headers['x-amz-target']).endsWith('PutItem')).length >= 3,
    midway.stderr,
  );
  midway.process.kill('SIGKILL');
  await midway.ended;
  expect(await readFile(join(data(), 'objects'), 'utf8')).toBe('aws:Darkroom\n');
  expect((await startInVain(data())).output).toContain('are in aws:Darkroom. If darkroom move was ended');
  proxy.forget();
  const ended = await runCommand(move(...there), variables());
  expect(jsonLines(ended)).toMatchObject([{ copied: 0, before: copied + before, switched: true, images: 3 }]);
  expect(puts()).toBe(0);
  expect(await runCommand(move(...there), variables())).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('already'),
  });
  for (const image of images) await expectInCloud(image);

  // They live there: the original is found, and the next version is made of it.
  const { version } = await client.reprocess(first?.id ?? '');
  await until(async () => (await client.findImage(first?.id ?? '')).ready?.version === version);
  const now = (await client.findImage(first?.id ?? '')) as ReadyImage;
  expect(now.ready.version).toBe(2);

  const back = inFolder('back');
  const copying = await runCommand(['move', '--from', 'aws:Darkroom'], variables(back));
  expect(copying).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing is switched yet.') });
  const returned = await runCommand(['move', '--from', 'aws:Darkroom', '--stopped'], variables(back));
  expect(returned).toMatchObject({ code: 0, stdout: expect.stringContaining('Start the service.') });
  expect(returned.stdout).toContain('Objects copied: 0.');
  const home = await start({ DARKROOM_DATA: back });
  for (const image of [now as ImageAnswer, ...images.slice(1)]) await expectServed(home, image);
}, 600_000);

test('pictures move from a bucket into the AWS home', async () => {
  const bucket = {
    ...variables(),
    DARKROOM_OBJECTS: `s3://${await newBucket(s3())}/pictures`,
    DARKROOM_OBJECTS_ENDPOINT: url,
  };
  const service = await start(bucket);
  const image = await addReady(service, photos[0] as Uint8Array<ArrayBuffer>);
  await service.stop();
  // Without its setting, the command would look for the objects in the folder.
  expect(await runCommand(move(...there), variables())).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Set DARKROOM_OBJECTS='),
  });
  expect(jsonLines(await runCommand(move(...there), bucket))).toMatchObject([{ switched: true, images: 1 }]);
  await expectInCloud(image);
}, 300_000);

test.each([
  [['--from', 's3://pictures'], 2, 'an AWS home with --from aws:<stack>'],
  [[...there, '--stopped'], 2, '--stopped goes with --from only'],
  [['--to', 'aws:Nowhere'], 1, 'aws:Nowhere cannot be used'],
])('a move %j ends with %d', async (args, code, sentence) => {
  expect(await runCommand(move(...args), variables())).toMatchObject({
    code,
    stderr: expect.stringContaining(sentence),
  });
});
