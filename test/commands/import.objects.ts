import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readPathMap } from '../../lib/commands/path-map.ts';
import type { ImagePage } from '../../lib/contract/answers.ts';
import { runCommand, startCommand } from '../support/command.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { type S3Server, startS3Server } from '../system/objects/s3-server.ts';

let server: S3Server;
/** Between the command and the bucket: what it has seen was fetched. */
let proxy: FlakyProxy;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let bucket: string;
beforeAll(async () => {
  server = await startS3Server();
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'));
});
afterAll(async () => {
  await service.stop();
  await server.stop();
  await folder.remove();
});
beforeEach(async () => {
  proxy = await startFlakyProxy();
  proxy.target = server.url;
  bucket = await server.newBucket();
  for (const name of names) await store(`originals/${name}`, await bytesOf(noise(200, 150).jpeg()));
});
afterEach(() => proxy.close());

const names = ['a.jpg', 'b', 'deep/c d.jpg', 'deep/e.JPG'];

const store = async (Key: string, Body: Uint8Array | string): Promise<void> => {
  const s3 = server.client();
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  s3.destroy();
};
const map = () => join(folder.path, `${bucket}.jsonl`);
const importing = (source = `s3://${bucket}/originals`) => [
  ...['import', source, '--map', map(), '--preset', 'gallery', '--collection', bucket, '--parallel', '1'],
  ...['--endpoint', proxy.url],
];
const environment = () => ({
  ...server.environment,
  DARKROOM_OBJECTS_ENDPOINT: 'http://127.0.0.1:1',
  DARKROOM_URL: service.url,
  XDG_STATE_HOME: join(folder.path, 'state'),
});
const images = async () =>
  ((await service.call('GET', `/v1/images?limit=100&collection=${bucket}`)).body as ImagePage).items;
const fetched = () =>
  proxy.seen.filter(({ method, path }) => method === 'GET' && path.includes(`${bucket}/originals/`)).length;

test('an import from a bucket that is killed and repeated uploads nothing twice, and its map names every old path', async () => {
  await store('originals/notes.txt', 'no picture, by its name');
  await store('other/x.jpg', await bytesOf(noise(200, 150).jpeg()));
  const killed = startCommand(importing(), environment());
  await until(async () => (await images()).length >= 2 || killed.process.exitCode !== null);
  killed.process.kill('SIGKILL');
  await killed.ended;
  expect(await runCommand(importing(), environment())).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('1 object left out'),
  });
  const mapped = readPathMap(map());
  expect(mapped.map(({ old }) => old)).toEqual(names);
  const stored = await images();
  expect(mapped.map(({ id }) => id).sort()).toEqual(stored.map(({ id }) => id).sort());
  expect(stored.map(({ filename }) => filename).sort()).toEqual(['a.jpg', 'b', 'c d.jpg', 'e.JPG']);
  for (const { url } of mapped) expect((await fetch(url)).status).toBe(200);
});

test('a repeat fetches what is new or has changed, and nothing else', async () => {
  expect(await runCommand(importing(), environment())).toMatchObject({ code: 0 });
  expect(fetched()).toBe(names.length);
  proxy.forget();
  expect(await runCommand(importing(), environment())).toMatchObject({ code: 0 });
  expect(fetched()).toBe(0);
  await store('originals/a.jpg', await bytesOf(noise(220, 150).jpeg()));
  await store('originals/new.jpg', await bytesOf(noise(200, 150).jpeg()));
  expect(await runCommand(importing(), environment())).toMatchObject({ code: 0 });
  expect(fetched()).toBe(2);
  expect(readPathMap(map()).map(({ old }) => old)).toEqual([...names, 'new.jpg']);
  expect(await images()).toHaveLength(names.length + 2);
});

test('an object that is no picture is named and left out, and the rest is imported', async () => {
  await store('originals/b', 'this is no picture');
  const ended = await runCommand(importing(), environment());
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`s3://${bucket}/originals/b: The file is not a picture.`),
  });
  expect(readPathMap(map()).map(({ old }) => old)).toEqual(names.filter((name) => name !== 'b'));
});

test.each([
  ['s3://', 2, 's3:// is no bucket. Name one such as'],
  ['s3://no-such-bucket-of-ours', 1, 's3://no-such-bucket-of-ours cannot be read: NoSuchBucket'],
  ['nothing below this path', 1, 'holds no picture. Name another path of the bucket'],
])('says in one sentence what is wrong with %s', async (source, code, sentence) => {
  const named = source.startsWith('s3:') ? source : `s3://${bucket}/${source}`;
  const ended = await runCommand(importing(named), environment());
  expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(sentence) });
  expect(ended.stderr.trim().split('\n')).toHaveLength(1);
});
