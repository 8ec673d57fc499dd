import { existsSync } from 'node:fs';
import { open as openFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../adapters/local/database.ts';
import { lockFolder } from '../adapters/local/folder-lock.ts';
import { closeInOneFile } from '../adapters/local/snapshot.ts';
import { sqliteBulkJobs } from '../adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../adapters/local/sqlite-catalogue.ts';
import { sqliteIntake } from '../adapters/local/sqlite-intake.ts';
import { syncFolder } from '../adapters/local/sync-folder.ts';
import { Unusable } from '../core/unusable.ts';
import type { CloudHome, ObjectBucket } from '../ports.ts';
import { copyCatalogue } from './copy-catalogue.ts';
import { anyKeyIn, copyLastObjects, copyObjects } from './copy-objects.ts';
import { claimFolder, databaseFile, openFolders, openStores } from './home.ts';
import { openMoveJournal } from './move-journal.ts';
import { notedPlace, notePlace, refuseOtherPlace } from './objects-place.ts';

export type MoveReport = {
  /** Copied and read back by this run. */
  readonly copied: number;
  /** Copied by an earlier run, and unchanged since. */
  readonly before: number;
  /** Whether everything is at the new place, and the data folder says so. */
  readonly switched: boolean;
  /** Of the catalogue, copied by this run; only where it moves too. */
  readonly images?: number;
};

type OnProgress = (copied: number, one: 'object' | 'image') => void;

/**
 * Moves the originals and the variants of a data folder into a bucket, under the same keys; the catalogue stays. Every copy
 * is read back and compared by its SHA-256. It copies while the service runs, and can be killed at any time: the next run
 * continues. Only when no service uses the folders and every object is in the bucket does the data folder name it. The
 * files stay where they are.
 */
export const move = async (data: string, bucket: ObjectBucket, onProgress: OnProgress): Promise<MoveReport> => {
  const noted = await notedPlace(data);
  if (noted !== undefined)
    throw new Unusable(
      noted === bucket.place
        ? `The pictures of ${data} are in ${noted} already.`
        : `The pictures of ${data} are in ${noted}, not in its folders.`,
    );
  refuseWithoutCatalogue(data);
  const [from, to] = [openFolders(data), { originals: bucket.objects, variants: bucket.objects }];
  const journal = await openMoveJournal(data, bucket.place);
  if (!journal.hasBegun) {
    // The objects of another Darkroom would count as orphans.
    const key = await anyKeyIn(to);
    if (key !== undefined)
      throw new Unusable(`${bucket.place} holds ${key} already. Name a path of this Darkroom alone.`);
    await journal.begin();
  }
  const onObjects = (copied: number) => onProgress(copied, 'object');
  let copied = await copyObjects(from, to, journal, { onProgress: onObjects });
  const isOurs = lockFolder(join(data, 'lock.db'));
  if (isOurs) {
    copied += await copyLastObjects(from, to, journal, onObjects);
    await notePlace(data, bucket.place);
    await journal.remove();
  }
  return { copied, before: journal.found, switched: isOurs };
};

/**
 * Moves objects and catalogue into a home in the cloud, in the same way. The data folder names that home before the first
 * image is in its catalogue, so from then on no service starts here and no image can change in both homes.
 */
export const moveToCloud = async (
  data: string,
  bucket: ObjectBucket | undefined,
  cloud: CloudHome,
  onProgress: OnProgress,
): Promise<MoveReport> => {
  const hasSwitched = (await notedPlace(data)) === cloud.place;
  if (!hasSwitched) await refuseOtherPlace(data, bucket?.place);
  refuseWithoutCatalogue(data);
  const journal = await openMoveJournal(data, cloud.place);
  if (hasSwitched && !journal.hasBegun) throw new Unusable(`The pictures of ${data} are in ${cloud.place} already.`);
  if (!journal.hasBegun) await journal.begin();
  const onObjects = (copied: number) => onProgress(copied, 'object');
  const from = openStores(data, bucket);
  let copied = hasSwitched ? 0 : await copyObjects(from, cloud, journal, { onProgress: onObjects });
  const report = { before: journal.found, switched: lockFolder(join(data, 'lock.db')) };
  if (!report.switched) return { copied, ...report };
  const database = openDatabase(join(data, databaseFile));
  try {
    if (!hasSwitched) {
      for await (const { id } of sqliteBulkJobs(database).unfinished())
        throw new Unusable(`The job ${id} is not finished. Start the service, and cancel the job or let it finish.`);
      copied += await copyLastObjects(from, cloud, journal, onObjects);
      await notePlace(data, cloud.place);
    }
    const images = await copyCatalogue(sqliteCatalogue(database), cloud.catalogue, cloud.intake, (done) =>
      onProgress(done, 'image'),
    );
    await journal.remove();
    return { copied, ...report, images };
  } finally {
    database.close();
  }
};

/**
 * Moves objects and catalogue of a home in the cloud into a data folder without a Darkroom. That home cannot be locked: the
 * caller says by `isStopped` that nothing changes there any more. The catalogue appears last and whole.
 */
export const moveFromCloud = async (
  data: string,
  bucket: ObjectBucket | undefined,
  cloud: CloudHome,
  isStopped: boolean,
  onProgress: OnProgress,
): Promise<MoveReport> => {
  await claimFolder(data);
  if (existsSync(join(data, databaseFile)))
    throw new Unusable(`There is a Darkroom in ${data} already. Set DARKROOM_DATA to another folder.`);
  const journal = await openMoveJournal(data, cloud.place);
  const to = openStores(data, bucket);
  if (!journal.hasBegun) {
    const key = await anyKeyIn(to);
    if (key !== undefined)
      throw new Unusable(`${bucket?.place ?? data} holds ${key} already. Name a place of this Darkroom alone.`);
    if (bucket) await notePlace(data, bucket.place);
    await journal.begin();
  }
  await refuseOtherPlace(data, bucket?.place);
  const onObjects = (copied: number) => onProgress(copied, 'object');
  const copied = await copyObjects(cloud, to, journal, { onProgress: onObjects });
  if (!isStopped) return { copied, before: journal.found, switched: false };
  const last = await copyLastObjects(cloud, to, journal, onObjects);
  const images = await writeCatalogue(data, cloud, (done) => onProgress(done, 'image'));
  await journal.remove();
  return { copied: copied + last, before: journal.found, switched: true, images };
};

const writeCatalogue = async (
  data: string,
  cloud: CloudHome,
  onProgress: (images: number) => void,
): Promise<number> => {
  const draft = join(data, `${databaseFile}.moving`);
  // Of a run that was killed: the other catalogue may have changed since.
  for (const file of [draft, `${draft}-wal`, `${draft}-shm`]) await rm(file, { force: true });
  // The log beside it gets the same permissions.
  await (await openFile(draft, 'a', 0o600)).close();
  const database = openDatabase(draft);
  const images = await copyCatalogue(cloud.catalogue, sqliteCatalogue(database), sqliteIntake(database), onProgress);
  closeInOneFile(database);
  await rename(draft, join(data, databaseFile));
  await syncFolder(data);
  return images;
};

const refuseWithoutCatalogue = (data: string): void => {
  if (!existsSync(join(data, databaseFile)))
    throw new Unusable(`There is no Darkroom in ${data}. Set DARKROOM_DATA to the folder of the service.`);
};
