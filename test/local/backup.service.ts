import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { backUp } from '../../lib/local/backup.ts';
import { restore } from '../../lib/local/restore.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { program } from '../support/program.ts';
import { imageOnce, isDone, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const clock = { now: Date.now };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let backup: string;
let photo: Uint8Array<ArrayBuffer>;
beforeEach(async () => {
  folder = await temporaryFolder();
  [data, backup] = [join(folder.path, 'data'), join(folder.path, 'backup')];
  photo = await bytesOf(noise(300, 200).jpeg());
});
afterEach(() => folder.remove());

const darkroom = async (...args: string[]): Promise<{ code: number; said: string }> => {
  const env = { ...process.env, DARKROOM_DATA: data };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
};

/** What the API says of every image; the port is another one after a restart. */
const answers = async (service: Service): Promise<readonly ImageAnswer[]> => {
  const { items } = (await service.call('GET', '/v1/images')).body as { items: ImageAnswer[] };
  return JSON.parse(JSON.stringify(items).replaceAll(service.url, ''));
};

test('a backup of a running service, restored into an empty folder, answers as the service did', async () => {
  const before = await startService(data, { DARKROOM_WORKERS: '1' });
  const first = await upload(before, photo, { collection: 'cats', filename: 'tom.jpg' });
  await imageOnce(before, first.id, isDone);
  await imageOnce(before, (await upload(before, new Uint8Array(2000).fill(7))).id, isDone);
  const said = await darkroom('backup', backup);
  expect(said).toEqual({ code: 0, said: expect.stringContaining('originals: 2.') });
  const known = await answers(before);
  expect(known).toHaveLength(2);
  await before.stop();
  const variants = await readdir(join(data, 'public'), { recursive: true });

  await rm(data, { recursive: true });
  expect(await darkroom('restore', backup)).toEqual({
    code: 0,
    said: 'Originals that were missing and are back: 2.\n',
  });
  const after = await startService(data, { DARKROOM_WORKERS: '1' });
  expect(await answers(after)).toEqual(known);
  const { url } = (await after.call('GET', `/v1/images/${first.id}/original`)).body as { url: string };
  expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(photo);
  await after.stop();
  expect(variants.length).toBeGreaterThan(10);
});

test('a restore keeps the originals that are newer than the backup, and rebuild takes them in', async () => {
  const before = await startService(data, { DARKROOM_WORKERS: '1' });
  const old = await upload(before, photo);
  await imageOnce(before, old.id, isDone);
  expect((await darkroom('backup', backup)).code).toBe(0);
  const newer = await upload(before, await bytesOf(noise(200, 300).jpeg()));
  await imageOnce(before, newer.id, isDone);
  await before.stop();

  const { code, said } = await darkroom('restore', backup);
  expect([code, said]).toEqual([0, expect.stringContaining('newer than the backup: 1. Run darkroom rebuild')]);
  expect(JSON.parse((await darkroom('restore', backup, '--json')).said)).toMatchObject({
    restored: 0,
    newer: [expect.stringContaining(newer.id)],
  });
  expect((await darkroom('rebuild')).said).toContain('Images with something new: 1.');
  const after = await startService(data, { DARKROOM_WORKERS: '1' });
  expect((await answers(after)).map(({ id, status }) => [id, status]).toSorted()).toEqual(
    [
      [old.id, 'ready'],
      [newer.id, 'ready'],
    ].toSorted(),
  );
  await after.stop();
  // The database that was there before is not gone either.
  const aside = (await readdir(data)).find((name) => name.startsWith('darkroom.db-before-')) ?? '';
  const database = openDatabase(join(data, aside, 'darkroom.db'));
  expect(database.prepare('SELECT count(*) AS count FROM images').get()).toEqual({ count: 2 });
  database.close();
});

test('a restore beside a running service, and from a backup that has changed, is refused and changes nothing', async () => {
  const service = await startService(data, { DARKROOM_WORKERS: '1' });
  const { id } = await upload(service, photo);
  await imageOnce(service, id, isDone);
  await backUp(data, backup, clock);
  expect(await darkroom('restore', backup)).toEqual({
    code: 1,
    said: expect.stringContaining('Another Darkroom is using'),
  });
  expect((await service.call('GET', `/v1/images/${id}`)).status).toBe(200);
  expect(await darkroom('backup', backup)).toEqual({ code: 1, said: expect.stringContaining('is not empty') });
  await service.stop();

  const database = await readFile(join(data, 'darkroom.db'));
  const original = join(backup, 'private', 'originals', id, 'v1');
  await rm(original);
  await expect(restore(data, backup, clock)).rejects.toThrow('is missing');
  await writeFile(original, 'other bytes');
  await expect(restore(data, backup, clock)).rejects.toThrow('has changed');
  await rm(join(backup, 'SHA256SUMS'));
  await expect(restore(data, backup, clock)).rejects.toThrow('holds no whole backup');
  expect(await readFile(join(data, 'darkroom.db'))).toEqual(database);
});

test('a backup says which originals are lost or damaged, and does not let the rest go', async () => {
  const service = await startService(data, { DARKROOM_WORKERS: '1' });
  const ids: string[] = [];
  for (const width of [300, 301, 302]) {
    const { id } = await upload(service, await bytesOf(noise(width, 200).jpeg()));
    await imageOnce(service, id, isDone);
    ids.push(id);
  }
  const [lost = '', damaged = ''] = ids;
  await service.stop();
  await rm(join(data, 'private', 'originals', lost, 'v1'));
  await writeFile(join(data, 'private', 'originals', damaged, 'v1'), 'other bytes');
  const { code, said } = await darkroom('backup', backup);
  expect([code, said]).toEqual([1, expect.stringContaining('originals: 2.')]);
  expect(said).toContain(`originals/${lost}/v1 is in the catalogue but not stored`);
  expect(said).toContain(`originals/${damaged}/v1 is not what was uploaded`);
  const [report = ''] = (await darkroom('backup', `${backup} as JSON`, '--json')).said.split('\n');
  expect(JSON.parse(report)).toMatchObject({
    ...{ originals: 2, missing: [`originals/${lost}/v1`], damaged: [`originals/${damaged}/v1`] },
  });
});
