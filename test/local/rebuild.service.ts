import { execFile } from 'node:child_process';
import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { bytesOf, corners, noise } from '../support/pictures.ts';
import { program } from '../support/program.ts';
import { imageOnce, isDone, put, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const rebuild = async (): Promise<string> => {
  const env = { ...process.env, DARKROOM_DATA: folder.path };
  return (await promisify(execFile)(process.execPath, [program, 'rebuild'], { env })).stdout;
};

const loseTheDatabase = async (): Promise<void> => {
  for (const name of await readdir(folder.path)) if (name.startsWith('darkroom.db')) await rm(join(folder.path, name));
};

/** Only the catalogue knew these. */
const withoutWhatIsLost = ({ createdAt, updatedAt, filename, collection, ...image }: ImageAnswer) => ({
  ...image,
  ...{
    requestedAt: undefined,
    arrivedAt: undefined,
    startedAt: undefined,
    endedAttempts: undefined,
    tookMs: undefined,
  },
  ready: image.ready && {
    ...image.ready,
    ...{
      requestedAt: undefined,
      arrivedAt: undefined,
      startedAt: undefined,
      endedAttempts: undefined,
      readyAt: undefined,
    },
    ...{ spent: undefined, crops: undefined },
    variants: image.ready.variants.map((variant) => ({ ...variant, storedAt: undefined })),
  },
});

/** The port is another one after a restart. */
const answers = async (service: Service): Promise<Record<string, unknown>> => {
  const { items } = (await service.call('GET', '/v1/images')).body as { items: ImageAnswer[] };
  const told = JSON.stringify(items.map(withoutWhatIsLost)).replaceAll(service.url, '');
  return Object.fromEntries((JSON.parse(told) as ImageAnswer[]).map((image) => [image.id, image]));
};

test('a lost catalogue is made again: the API answers as before, but for what only the catalogue knew', async () => {
  const before = await startService(folder.path);
  const [photo, other] = await Promise.all([bytesOf(noise(400, 300).jpeg()), bytesOf(corners(300, 400).png())]);
  const one = await upload(before, photo, { preset: 'gallery' });
  await imageOnce(before, one.id, isDone);
  const second = await before.call('POST', `/v1/images/${one.id}/versions`, {
    contentType: 'image/png',
    bytes: other.length,
  });
  await put(second.body, other);
  await imageOnce(before, one.id, (image) => image.ready?.version === 2);
  await before.call('POST', `/v1/images/${one.id}/reprocess`, { preset: 'thumbnails' });
  await imageOnce(before, one.id, (image) => image.ready?.version === 3);
  const text = await upload(before, new TextEncoder().encode('this is not a picture at all'));
  await imageOnce(before, text.id, isDone);
  const gone = await upload(before, photo);
  await imageOnce(before, gone.id, isDone);
  await before.call('DELETE', `/v1/images/${gone.id}`);
  const told = await answers(before);
  await before.stop();

  await loseTheDatabase();
  expect(await rebuild()).toBe(
    'Images with something new: 2. Versions that are ready: 3. Versions to render when the service starts: 1.\n',
  );
  const after = await startService(folder.path);
  await imageOnce(after, text.id, isDone);
  expect(await answers(after)).toEqual(told);

  const { body } = await after.call('GET', `/v1/images/${one.id}/original`);
  const download = await fetch((body as { url: string }).url);
  expect(Buffer.compare(Buffer.from(await download.arrayBuffer()), Buffer.from(other))).toBe(0);
  const fourth = await after.call('POST', `/v1/images/${one.id}/reprocess`, { preset: 'gallery' });
  expect(fourth).toMatchObject({ status: 202, body: { version: 4 } });
  await imageOnce(after, one.id, (image) => image.ready?.version === 4);
  await after.stop();
});

test('what is newer than a restored catalogue is taken in, and what is known or deleted stays as it is', async () => {
  const before = await startService(folder.path);
  const photo = await bytesOf(noise(300, 200).jpeg());
  const known = await upload(before, photo, { filename: 'known.jpg', collection: 'birds' });
  await imageOnce(before, known.id, isDone);
  const deleted = await upload(before, photo);
  await imageOnce(before, deleted.id, isDone);
  await cp(join(folder.path, 'private'), join(folder.path, 'kept'), { recursive: true });
  await before.call('DELETE', `/v1/images/${deleted.id}`);
  await before.stop();
  openDatabase(join(folder.path, 'darkroom.db')).close();
  await cp(join(folder.path, 'darkroom.db'), join(folder.path, 'backup'));

  const later = await startService(folder.path);
  const newer = await upload(later, photo);
  await imageOnce(later, newer.id, isDone);
  await later.stop();
  await loseTheDatabase();
  await cp(join(folder.path, 'backup'), join(folder.path, 'darkroom.db'));
  // The backup of the originals is older than the deletion.
  await cp(join(folder.path, 'kept'), join(folder.path, 'private'), { recursive: true });

  expect(await rebuild()).toContain('Images with something new: 1. Versions that are ready: 1.');
  expect(await rebuild()).toContain('Images with something new: 0. Versions that are ready: 0.');
  const after = await startService(folder.path);
  expect((await after.call('GET', `/v1/images/${known.id}`)).body).toMatchObject({
    filename: 'known.jpg',
    collection: 'birds',
    status: 'ready',
  });
  expect((await after.call('GET', `/v1/images/${newer.id}`)).body).toMatchObject({ status: 'ready' });
  expect((await after.call('GET', `/v1/images/${deleted.id}`)).status).toBe(404);
  await after.stop();
});

test('a version that was made since the backup is ready at once, with the files that were published', async () => {
  const before = await startService(folder.path);
  const photo = await bytesOf(noise(300, 200).jpeg());
  const ticket = await before.call('POST', '/v1/images', { contentType: 'image/jpeg', bytes: photo.length });
  const { id } = ticket.body as { id: string };
  await before.stop();
  openDatabase(join(folder.path, 'darkroom.db')).close();
  await cp(join(folder.path, 'darkroom.db'), join(folder.path, 'backup'));

  const later = await startService(folder.path);
  await put(JSON.parse(JSON.stringify(ticket.body).replaceAll(before.url, later.url)), photo);
  const told = await imageOnce(later, id, isDone);
  await later.stop();
  await loseTheDatabase();
  await cp(join(folder.path, 'backup'), join(folder.path, 'darkroom.db'));

  expect(await rebuild()).toContain('Images with something new: 1. Versions that are ready: 1.');
  expect(await rebuild()).toContain('Images with something new: 0.');
  const database = openDatabase(join(folder.path, 'darkroom.db'));
  const events = database.prepare("SELECT event ->> '$.type' AS type FROM events WHERE event ->> '$.id' = ?").all(id);
  database.close();
  expect(events).toEqual([{ type: 'image.ready' }]);
  const after = await startService(folder.path);
  const found = (await after.call('GET', `/v1/images/${id}`)).body as ImageAnswer;
  const digestsOf = ({ ready }: ImageAnswer) => ready?.variants.map(({ sha256 }) => sha256);
  expect(found.status).toBe('ready');
  expect(digestsOf(found)).toEqual(digestsOf(told));
  await after.stop();
});

test('a version whose manifest is damaged is made again from its original', async () => {
  const before = await startService(folder.path);
  const { id } = await upload(before, await bytesOf(noise(300, 200).jpeg()));
  await imageOnce(before, id, isDone);
  await before.stop();
  await loseTheDatabase();
  await writeFile(join(folder.path, 'public', 'images', id, 'v1', 'manifest.json'), '{"recipe":');
  expect(await rebuild()).toContain('Versions to render when the service starts: 1.');
  const after = await startService(folder.path);
  expect(await imageOnce(after, id, isDone)).toMatchObject({ status: 'ready' });
  await after.stop();
});

test('a running service is not disturbed', async () => {
  const service = await startService(folder.path);
  await expect(rebuild()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Another Darkroom is using'),
  });
  await service.stop();
});

test('trouble in the middle leaves the catalogue as it was', async () => {
  const before = await startService(folder.path);
  const photo = await bytesOf(noise(300, 200).jpeg());
  for (const id of [(await upload(before, photo)).id, (await upload(before, photo)).id])
    await imageOnce(before, id, isDone);
  await before.stop();
  await loseTheDatabase();
  const refusing = openDatabase(join(folder.path, 'darkroom.db'));
  refusing.exec(
    `CREATE TRIGGER one_only BEFORE INSERT ON images WHEN (SELECT count(*) FROM images) > 0
     BEGIN SELECT RAISE(FAIL, 'one is enough'); END`,
  );
  refusing.close();
  await expect(rebuild()).rejects.toMatchObject({ code: 1 });
  const database = openDatabase(join(folder.path, 'darkroom.db'));
  expect(database.prepare('SELECT count(*) AS images FROM images').get()).toEqual({ images: 0 });
  database.close();
});
