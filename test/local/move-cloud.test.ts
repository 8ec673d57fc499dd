import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { fileObjectStore } from '../../lib/adapters/local/file-object-store.ts';
import { sqliteBulkJobs } from '../../lib/adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteIntake } from '../../lib/adapters/local/sqlite-intake.ts';
import { newBulkJob } from '../../lib/core/bulk-job.ts';
import { newVersion } from '../../lib/core/image.ts';
import { copyCatalogue } from '../../lib/local/copy-catalogue.ts';
import { openFolders } from '../../lib/local/home.ts';
import { moveFromCloud, moveToCloud } from '../../lib/local/move.ts';
import { notedPlace, refuseOtherPlace } from '../../lib/local/objects-place.ts';
import type { CloudHome, ObjectStore } from '../../lib/ports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let cloud: CloudHome;
const open: { close: () => void }[] = [];
const opened = (path: string) => {
  const database = openDatabase(path);
  open.push(database);
  return database;
};
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
  await mkdir(data);
  const database = opened(':memory:');
  cloud = {
    place: 'aws:Test',
    originals: fileObjectStore(join(folder.path, 'originals')),
    variants: fileObjectStore(join(folder.path, 'variants')),
    catalogue: sqliteCatalogue(database),
    intake: sqliteIntake(database),
  };
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await folder.remove();
});

const idOf = (letter: string) => letter.repeat(26);
const keysOf = (letter: string) => [`originals/${idOf(letter)}/v1`, `images/${idOf(letter)}/v1/320w.webp`] as const;
const bytesOfKey = (key: string) => new TextEncoder().encode(`the bytes of ${key}`);
const silently = () => undefined;

const fill = async (letters: string): Promise<void> => {
  const database = openDatabase(join(data, 'darkroom.db'));
  const catalogue = sqliteCatalogue(database);
  const { originals, variants } = openFolders(data);
  for (const [at, letter] of [...letters].entries()) {
    const id = idOf(letter);
    const [original, variant] = keysOf(letter);
    const facts = { contentType: 'image/jpeg', bytes: 1, sha256: null, width: null, height: null } as const;
    const first = newVersion({ id, version: 1, source: 1, preset: 'web', original: facts, expiresAt: null }, at);
    await catalogue.add({ id, collection: 'birds', filename: `${letter}.jpg`, createdAt: at }, first);
    await originals.put(original, bytesOfKey(original));
    await variants.put(variant, bytesOfKey(variant));
  }
  database.close();
};
const idsIn = async ({ catalogue }: Pick<CloudHome, 'catalogue'>) =>
  (await catalogue.list({ limit: 100, order: 'oldest' })).items.map(({ id }) => id);

test('a move into the cloud takes objects and catalogue, and from then on the data folder is used no more', async () => {
  await fill('abc');
  expect(await moveToCloud(data, undefined, cloud, silently)).toEqual({
    ...{ copied: 6, before: 0, switched: true, images: 3 },
  });
  expect(await idsIn(cloud)).toEqual([...'abc'].map(idOf));
  expect(await cloud.catalogue.find(idOf('b'))).toMatchObject({ collection: 'birds', filename: 'b.jpg' });
  for (const [original, variant] of [...'abc'].map(keysOf)) {
    expect(await cloud.originals.get(original)).toEqual(bytesOfKey(original));
    expect(await cloud.variants.get(variant)).toEqual(bytesOfKey(variant));
  }
  expect(await notedPlace(data)).toBe('aws:Test');
  await expect(refuseOtherPlace(data, undefined)).rejects.toThrow(`The pictures of ${data} are in aws:Test.`);
  await expect(moveToCloud(data, undefined, cloud, silently)).rejects.toThrow('are in aws:Test already');
});

test('a move that breaks off continues, and copies nothing twice', async () => {
  await fill('abc');
  let puts = 0;
  const failing = (store: ObjectStore): ObjectStore => ({
    ...store,
    put: async (key, bytes) => {
      if (key.startsWith(`images/${idOf('c')}`)) {
        await until(() => puts === 5);
        throw new Error('the network is gone');
      }
      await store.put(key, bytes);
      puts++;
    },
  });
  const broken = { ...cloud, originals: failing(cloud.originals), variants: failing(cloud.variants) };
  await expect(moveToCloud(data, undefined, broken, silently)).rejects.toThrow('the network is gone');
  expect(await notedPlace(data)).toBeUndefined();
  expect(await idsIn(cloud)).toEqual([]);
  const ended = await moveToCloud(data, undefined, cloud, silently);
  expect(ended).toMatchObject({ switched: true, images: 3 });
  expect(ended.before).toBeGreaterThan(0);
  expect(ended.copied + ended.before).toBe(6);
});

test('a copy of the catalogue that breaks off continues, and names a copy that is not what was sent', async () => {
  await fill('abc');
  const from = sqliteCatalogue(opened(join(data, 'darkroom.db')));
  const { catalogue, intake } = cloud;
  const broken = {
    ...intake,
    takeImage: async (...image: Parameters<typeof intake.takeImage>) => {
      if (image[0].id === idOf('b')) throw new Error('the network is gone');
      return intake.takeImage(...image);
    },
  };
  await expect(copyCatalogue(from, catalogue, broken, silently)).rejects.toThrow('the network is gone');
  expect(await idsIn(cloud)).not.toContain(idOf('b'));
  await copyCatalogue(from, catalogue, intake, silently);
  expect(await idsIn(cloud)).toEqual([...'abc'].map(idOf));

  const empty = sqliteCatalogue(opened(':memory:'));
  await expect(copyCatalogue(from, empty, { ...intake, takeImage: async () => true }, silently)).rejects.toThrow(
    'The copy of image',
  );
});

test('a copy of the catalogue brings tombstones that have work left', async () => {
  await fill('ab');
  const from = sqliteCatalogue(opened(join(data, 'darkroom.db')));
  await from.remove(idOf('a'), 5000);
  await copyCatalogue(from, cloud.catalogue, cloud.intake, silently);
  expect(await Array.fromAsync(cloud.catalogue.openDeletions())).toEqual([
    { id: idOf('a'), deletedAt: 5000, purgedAt: null, late: false },
  ]);
  expect(await idsIn(cloud)).toEqual([idOf('b')]);
});

test('a move into the cloud switches only when no job is open', async () => {
  await fill('a');
  const jobs = sqliteBulkJobs(opened(join(data, 'darkroom.db')));
  const { job } = await jobs.add(
    newBulkJob({ id: idOf('j'), selection: { all: true }, preset: null, dryRun: false }, 1),
  );
  await expect(moveToCloud(data, undefined, cloud, silently)).rejects.toThrow(`The job ${job.id} is not finished.`);
  expect(await notedPlace(data)).toBeUndefined();
});

test('a move back from the cloud copies while that home works, and its catalogue comes only when that home has stopped', async () => {
  await fill('abc');
  await moveToCloud(data, undefined, cloud, silently);
  const early = join(folder.path, 'early');
  const first = await moveFromCloud(early, undefined, cloud, false, silently);
  expect(first).toEqual({ copied: 6, before: 0, switched: false });
  expect(existsSync(join(early, 'darkroom.db'))).toBe(false);

  const back = join(folder.path, 'back');
  const ended = await moveFromCloud(back, undefined, cloud, true, silently);
  expect(ended).toEqual({ copied: 6, before: 0, switched: true, images: 3 });
  expect(await idsIn({ catalogue: sqliteCatalogue(opened(join(back, 'darkroom.db'))) })).toEqual([...'abc'].map(idOf));
  for (const [original, variant] of [...'abc'].map(keysOf)) {
    expect(await openFolders(back).originals.get(original)).toEqual(bytesOfKey(original));
    expect(await openFolders(back).variants.get(variant)).toEqual(bytesOfKey(variant));
  }
  expect(await notedPlace(back)).toBeUndefined();
  expect(existsSync(join(back, 'moving.jsonl'))).toBe(false);
});

test('a move back from the cloud refuses a folder with another Darkroom, or with the objects of one', async () => {
  await fill('a');
  await expect(moveFromCloud(data, undefined, cloud, true, silently)).rejects.toThrow('There is a Darkroom in');
  const other = join(folder.path, 'other');
  await openFolders(other).originals.put(keysOf('b')[0], bytesOfKey('b'));
  await expect(moveFromCloud(other, undefined, cloud, true, silently)).rejects.toThrow('already. Name a place');
});
