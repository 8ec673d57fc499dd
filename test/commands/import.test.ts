import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { importCommand } from '../../lib/commands/import.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { recordedShell } from '../support/recorded-shell.ts';
import { type ServiceInProcess, startServiceInProcess } from '../support/service-in-process.ts';
import { type StoreInProcess, setStoreVariables, startStoreInProcess } from '../support/store-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: ServiceInProcess;
let store: StoreInProcess;
let photo: Uint8Array;
let giveBack: () => void;
beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startServiceInProcess();
  store = await startStoreInProcess();
  photo = await bytesOf(corners(300, 200).jpeg());
});
beforeEach(() => {
  giveBack = setStoreVariables();
  store.refusal = undefined;
  store.objects.clear();
  store.objects.set('old/originals/a.jpg', photo);
  store.objects.set('old/originals/deep/b', photo);
  store.objects.set('old/originals/notes.txt', Buffer.from('no picture'));
  store.objects.set('old/originals/deep/', Buffer.alloc(0));
  store.objects.set('old/originals-too/c.jpg', photo);
});
afterEach(() => giveBack());
afterAll(async () => {
  await store.close();
  await service.close();
  await folder.remove();
});

let round = 0;
const importFrom = async (source: string, map = join(folder.path, `map-${++round}.jsonl`)) => {
  const shell = recordedShell({
    variables: {
      DARKROOM_URL: service.url,
      DARKROOM_OBJECTS_ENDPOINT: store.url,
      XDG_STATE_HOME: join(folder.path, `state-${round}`),
    },
  });
  const args = [source, '--map', map, '--preset', 'thumbnails', '--parallel', '1'];
  const end = await importCommand(shell)
    .exitOverride()
    .parseAsync(args, { from: 'user' })
    .then(
      () => ({ exitCode: 0, message: '' }),
      (error: { exitCode?: number; message: string }) => error,
    );
  return { code: end.exitCode, stdout: shell.stdout(), stderr: shell.stderr() + end.message, map };
};
const mapped = async (map: string): Promise<readonly { old: string; id: string }[]> =>
  (await readFile(map, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('the pictures of a path in a bucket are uploaded under their names below it, and none is fetched again by a repeat', async () => {
  const ended = await importFrom('s3://old/originals');
  expect(ended.stderr).toContain('1 object left out, whose names are not those of pictures\n');
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('2 paths in the map\n') });
  const paths = await mapped(ended.map);
  expect(paths.map(({ old }) => old)).toEqual(['a.jpg', 'deep/b']);
  for (const { id } of paths)
    expect(await service.world.originals.get(`originals/${id}/v1`)).toEqual(new Uint8Array(photo));
  // As if it could not be read any more, with the name, the size and the time of before.
  store.objects.set('old/originals/a.jpg', Buffer.alloc(photo.length));
  const again = await importFrom('s3://old/originals/', ended.map);
  expect(again).toMatchObject({ code: 0, stdout: '' });
  expect(again.stderr).toContain('s3://old/originals/a.jpg: skipped, uploaded before\n');
  expect(await mapped(ended.map)).toEqual(paths);
});

test('an object that is gone or changes while it is fetched fails by itself, and the others are uploaded', async () => {
  const { get } = store.objects;
  store.objects.get = (key) => {
    const bytes = get.call(store.objects, key);
    return key.endsWith('/a.jpg') ? bytes?.subarray(0, 100) : key.endsWith('/b') ? undefined : bytes;
  };
  store.objects.set('old/originals/c.jpg', photo);
  try {
    const ended = await importFrom('s3://old/originals');
    expect(ended.stderr).toMatch(
      /^s3:\/\/old\/originals\/a\.jpg changed while it was read\. Run the command again\.$/m,
    );
    expect(ended.stderr).toMatch(
      /^s3:\/\/old\/originals\/deep\/b cannot be read: NoSuchKey, .* Check the name and --endpoint, and what the key may do\.$/m,
    );
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('2 files of 3 failed; see above.') });
    expect((await mapped(ended.map)).map(({ old }) => old)).toEqual(['c.jpg']);
  } finally {
    store.objects.get = get;
  }
});

test('a bucket that refuses the key, or holds no picture there, is named', async () => {
  expect(await importFrom('s3://old/nothing')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^s3:\/\/old\/nothing holds no picture\. Name another path of the bucket, with objects/,
    ),
  });
  store.refusal = ['AccessDenied', 403];
  expect(await importFrom('s3://old/originals')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^s3:\/\/old\/originals cannot be read: AccessDenied, .*\. Check the name and --endpoint, and what the key may do\.$/,
    ),
  });
});

test.each(['s3://', 's3://a', 's3://Old/originals', 's3:///originals'])('%s is no bucket', async (source) => {
  expect(await importFrom(source)).toMatchObject({
    code: 2,
    stderr: `${source} is no bucket. Name one such as s3://pictures or s3://pictures/originals.`,
  });
});

test('without a region the command says which variables to set', async () => {
  giveBack();
  giveBack = setStoreVariables({ AWS_REGION: undefined });
  expect((await importFrom('s3://old/originals')).stderr).toMatch(
    /^s3:\/\/old cannot be used: .*\. Set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\.$/,
  );
});

test('a map that cannot be written is named before anything is uploaded', async () => {
  const taken = join(folder.path, 'taken');
  await writeFile(taken, 'a file');
  const ended = await importFrom('s3://old/originals', join(taken, 'map.jsonl'));
  expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Name another file by --map.') });
});
