import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { closeInOneFile, openWhole } from '../adapters/local/snapshot.ts';
import { sqliteCatalogue } from '../adapters/local/sqlite-catalogue.ts';
import { syncFolder } from '../adapters/local/sync-folder.ts';
import { parseOriginalKey } from '../core/object-keys.ts';
import { Unusable } from '../core/unusable.ts';
import type { Clock, ObjectBucket } from '../ports.ts';
import { digestList } from './backup.ts';
import { fileDigest } from './file-digest.ts';
import { claimFolder, databaseFile, openStores, type Stores } from './home.ts';
import { notedPlace, notePlace, refuseOtherPlace } from './objects-place.ts';
import { placeCopy } from './place-file.ts';

export type RestoreReport = {
  /** Originals that were missing and are back. */
  readonly restored: number;
  /** Originals that the backup knows with other bytes; those in the data folder are kept. */
  readonly different: readonly string[];
  /** Originals that the restored catalogue does not know: newer than the backup. `rebuild` takes them in. */
  readonly newer: readonly string[];
  /** Where the database that was there before is now. */
  readonly aside: string | undefined;
};

/**
 * Puts a backup into a data folder that no service uses. It takes nothing away: originals that are there stay, and the
 * database that is there is moved aside. The database comes last, so a restore that is cut short can be repeated.
 */
export const restore = async (
  data: string,
  folder: string,
  clock: Clock,
  bucket?: ObjectBucket,
): Promise<RestoreReport> => {
  const files = await verified(folder);
  await claimFolder(data);
  if ((await notedPlace(data)) !== undefined) await refuseOtherPlace(data, bucket?.place);
  // A copy is checked, because SQLite writes into the files that it opens.
  const draft = join(data, `${databaseFile}.restored`);
  await placeCopy(join(folder, databaseFile), draft);
  closeInOneFile(openWhole(draft));
  const stores = openStores(data, bucket);

  let restored = 0;
  const different: string[] = [];
  for (const [path, digest] of files) {
    const key = path.replace(/^private\//, '');
    if (!parseOriginalKey(key)) continue;
    if ((await stores.originals.head(key)) === undefined) {
      await putBack(stores, key, join(folder, path));
      restored++;
    } else if ((await storedDigest(stores, key)) !== digest) different.push(key);
  }
  if (!(await exists(join(data, 'secret')))) await placeCopy(join(folder, 'secret'), join(data, 'secret'));

  if (bucket) await notePlace(data, bucket.place);
  const aside = await moveAside(
    data,
    `${databaseFile}-before-${new Date(clock.now()).toISOString().replaceAll(':', '')}`,
  );
  await rename(draft, join(data, databaseFile));
  await syncFolder(data);
  return { restored, different, newer: await unknownOriginals(data, stores), aside };
};

const putBack = async ({ originals, inbox }: Stores, key: string, file: string): Promise<void> =>
  inbox ? placeCopy(file, inbox.path(key)) : originals.put(key, await readFile(file));

const storedDigest = async ({ originals, inbox }: Stores, key: string): Promise<string> =>
  inbox
    ? fileDigest(inbox.path(key))
    : createHash('sha256')
        .update((await originals.get(key)) ?? '')
        .digest('hex');

/** Every file of the backup, with its digest; throws when one is missing or has changed. */
const verified = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const list = await readFile(join(folder, digestList), 'utf8').catch((cause) => {
    throw new Unusable(`${folder} holds no whole backup: ${digestList} cannot be read.`, { cause });
  });
  const files = new Map<string, string>();
  for (const line of list.split('\n').filter((text) => text !== '')) {
    const [digest = '', path = ''] = line.split('  ');
    const found = await fileDigest(join(folder, path)).catch(() => undefined);
    if (found !== digest)
      throw new Unusable(
        `${path} of the backup ${found ? 'has changed' : 'is missing'} since it was made. Nothing was restored.`,
      );
    files.set(path, digest);
  }
  return files;
};

const moveAside = async (data: string, name: string): Promise<string | undefined> => {
  const files = (await readdir(data)).filter((file) =>
    [databaseFile, `${databaseFile}-wal`, `${databaseFile}-shm`].includes(file),
  );
  if (files.length === 0) return undefined;
  const aside = join(data, name);
  await mkdir(aside, { mode: 0o700 });
  for (const file of files) await rename(join(data, file), join(aside, file));
  await syncFolder(dirname(aside));
  return aside;
};

const unknownOriginals = async (data: string, { originals }: Stores): Promise<readonly string[]> => {
  const database = openWhole(join(data, databaseFile));
  const catalogue = sqliteCatalogue(database);
  const unknown: string[] = [];
  for await (const { key } of originals.list('originals/')) {
    const ref = parseOriginalKey(key);
    if (ref && (await catalogue.version(ref.id, ref.version)) === undefined) unknown.push(key);
  }
  database.close();
  return unknown;
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
