import { access, chmod, constants, mkdir, open as openFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, openDatabase } from '../adapters/local/database.ts';
import { type FileObjectStore, fileObjectStore } from '../adapters/local/file-object-store.ts';
import { lockFolder } from '../adapters/local/folder-lock.ts';
import { knowsAnyImage } from '../adapters/local/known-images.ts';
import { Unusable } from '../core/unusable.ts';
import { signingSecret } from './signing-secret.ts';
import { inSentences } from './start-trouble.ts';
import { tighten } from './tighten.ts';

/** A data folder, opened: what the host and each of its workers find in it. */
export type Home = {
  readonly database: Database;
  /** No other user of the machine can read these. */
  readonly originals: FileObjectStore;
  /** A web server in our group may serve this folder as it is. */
  readonly variants: FileObjectStore;
  readonly variantsFolder: string;
};

export const databaseFile = 'darkroom.db';

export const openHome = (data: string): Home => ({
  database: openDatabase(join(data, databaseFile)),
  ...openStores(data),
});

const openStores = (data: string): Omit<Home, 'database'> => {
  const variantsFolder = join(data, 'public');
  return {
    originals: fileObjectStore(join(data, 'private'), { file: 0o600, folder: 0o700 }),
    variants: fileObjectStore(variantsFolder, { file: 0o640, folder: 0o750 }),
    variantsFolder,
  };
};

/** Makes the folder ours alone and cleans up after processes that were killed in it. */
export const claimHome = async (data: string): Promise<Home & { readonly secret: string }> => {
  await claimFolder(data);
  const secretFile = join(data, 'secret');
  const secret = await inSentences(data, secretFile, () => signingSecret(secretFile));
  const stores = openStores(data);
  const path = join(data, databaseFile);
  // Before it is opened: SQLite throws away the log beside an empty database, and it may hold all that is left.
  if (!(await hasContent(path)) && (await hasOriginals(stores))) throw lostCatalogue(data);
  const database = await openCatalogue(data);
  if (!knowsAnyImage(database) && (await hasOriginals(stores))) {
    database.close();
    throw lostCatalogue(data);
  }
  await stores.originals.tidy(Number.POSITIVE_INFINITY);
  await stores.variants.tidy(Number.POSITIVE_INFINITY);
  return { database, ...stores, secret };
};

/** As `claimHome`, for a person who knows that the catalogue does not hold what the folders hold. */
export const claimHomeToRebuild = async (data: string): Promise<Home> => {
  await claimFolder(data);
  return { database: await openCatalogue(data), ...openStores(data) };
};

const claimFolder = async (data: string): Promise<void> => {
  try {
    await mkdir(data, { recursive: true, mode: 0o750 });
    await access(data, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Unusable(
      `The data folder ${data} cannot be written. Make it writable, or set DARKROOM_DATA to another.`,
      {
        cause: error,
      },
    );
  }
  await inSentences(data, data, () => tighten(data));
  const lock = join(data, 'lock.db');
  if (!(await inSentences(data, lock, () => lockFolder(lock))))
    throw new Unusable(`Another Darkroom is using ${data}. Stop it, or set DARKROOM_DATA to another folder.`);
  await inSentences(data, lock, () => chmod(lock, 0o600));
};

const openCatalogue = (data: string): Promise<Database> => {
  const path = join(data, databaseFile);
  const open = async () => {
    // The log beside it gets the permissions that the database has when it is opened first.
    await (await openFile(path, 'a', 0o600)).close();
    return openDatabase(path);
  };
  return inSentences(
    data,
    path,
    open,
    'Put a backup in its place; or move it away, with the files beside it whose names begin with its name, and run darkroom rebuild.',
  );
};

const hasContent = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if (error instanceof Object && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
};

const hasOriginals = async ({ originals }: Pick<Home, 'originals'>): Promise<boolean> => {
  for await (const _ of originals.list('originals/')) return true;
  return false;
};

/** An audit would take every original for an orphan. */
const lostCatalogue = (data: string): Unusable =>
  new Unusable(
    `There are originals in ${join(data, 'private')}, but ${join(data, databaseFile)} knows no image. Put the database back from a backup; or run darkroom rebuild, which makes a catalogue of what is stored; or, to begin without these pictures, move the folders private and public away.`,
  );
