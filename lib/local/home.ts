import { existsSync } from 'node:fs';
import { access, chmod, constants, mkdir, open as openFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, openDatabase } from '../adapters/local/database.ts';
import { errorCode } from '../adapters/local/error-code.ts';
import { type FileObjectStore, fileObjectStore } from '../adapters/local/file-object-store.ts';
import { lockFolder } from '../adapters/local/folder-lock.ts';
import { anyImageIn } from '../adapters/local/known-images.ts';
import { Unusable } from '../core/unusable.ts';
import type { ObjectBucket, ServedStore } from '../ports.ts';
import { checkPlace, notePlace } from './objects-place.ts';
import { signingSecret } from './signing-secret.ts';
import { inSentences } from './start-trouble.ts';
import { tighten } from './tighten.ts';

/** A data folder, opened: what the host finds in it. */
export type Home = Stores & { readonly database: Database };

export type Stores = {
  readonly originals: ServedStore;
  readonly variants: ServedStore;
  /** The folder into which the host itself takes uploads; undefined if they go to a bucket. */
  readonly inbox: FileObjectStore | undefined;
};

export const databaseFile = 'darkroom.db';

export const openHome = (data: string, bucket?: ObjectBucket): Home => ({
  database: openDatabase(join(data, databaseFile)),
  ...openStores(data, bucket),
});

/** For a command beside a service that may be running. It makes no home where there is none. */
export const openPresentHome = async (data: string, bucket?: ObjectBucket): Promise<Home> => {
  const path = join(data, databaseFile);
  if (!existsSync(path)) throw new Unusable(noDarkroomIn(data));
  return inSentences(data, path, () => openHome(data, bucket), cureOfCatalogue);
};

const noDarkroomIn = (data: string): string =>
  `There is no Darkroom in ${data}. Set DARKROOM_DATA to the folder of the service.`;

export const openStores = (data: string, bucket?: ObjectBucket): Stores => {
  if (bucket) return { originals: bucket.objects, variants: bucket.objects, inbox: undefined };
  const folders = openFolders(data);
  return { ...folders, inbox: folders.originals };
};

export const openFolders = (data: string) => ({
  /** No other user of the machine can read these. */
  originals: fileObjectStore(join(data, 'private'), { file: 0o600, folder: 0o700 }),
  /** A web server in our group may serve this folder as it is. */
  variants: fileObjectStore(join(data, 'public'), { file: 0o640, folder: 0o750 }),
});

/** Makes the folder ours alone and cleans up after processes that were killed in it. */
export const claimHome = async (data: string, bucket?: ObjectBucket): Promise<Home & { readonly secret: string }> => {
  await claimFolder(data);
  await checkPlace(data, bucket?.place, () => hasAny(openFolders(data).originals));
  const secretFile = join(data, 'secret');
  const secret = await inSentences(data, secretFile, () => signingSecret(secretFile));
  const stores = openStores(data, bucket);
  const hasOriginals = () => (bucket ? answering(bucket, hasAny) : hasAny(stores.originals));
  const path = join(data, databaseFile);
  // Before it is opened: SQLite throws away the log beside an empty database, and it may hold all that is left.
  if (!(await hasContent(path)) && (await hasOriginals())) throw lostCatalogue(data, bucket);
  const database = await openCatalogue(data);
  if (!anyImageIn(database)() && (await hasOriginals())) {
    database.close();
    throw lostCatalogue(data, bucket);
  }
  // Not earlier, so that a bucket that is misspelt at the first start can be corrected.
  if (bucket) await notePlace(data, bucket.place);
  await stores.originals.tidy(Number.POSITIVE_INFINITY);
  await stores.variants.tidy(Number.POSITIVE_INFINITY);
  return { database, ...stores, secret };
};

/** As `claimHome`, for a person who knows that the catalogue does not hold what the folders hold. */
export const claimHomeToRebuild = async (data: string, bucket?: ObjectBucket): Promise<Home> => {
  // With a bucket, the whole folder may be lost.
  if (!bucket && !existsSync(data)) throw new Unusable(noDarkroomIn(data));
  await claimFolder(data);
  await checkPlace(data, bucket?.place, () => hasAny(openFolders(data).originals));
  const database = await openCatalogue(data);
  if (bucket) await notePlace(data, bucket.place);
  return { database, ...openStores(data, bucket) };
};

export const claimFolder = async (data: string): Promise<void> => {
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

const cureOfCatalogue =
  'Put a backup in its place; or move it away, with the files beside it whose names begin with its name, and run darkroom rebuild.';

const openCatalogue = (data: string): Promise<Database> => {
  const path = join(data, databaseFile);
  const open = async () => {
    // The log beside it gets the permissions that the database has when it is opened first.
    await (await openFile(path, 'a', 0o600)).close();
    return openDatabase(path);
  };
  return inSentences(data, path, open, cureOfCatalogue);
};

const hasContent = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
};

/** Trouble of the store at the start, in a sentence. */
const answering = async <T>({ place, objects }: ObjectBucket, ask: (store: ServedStore) => Promise<T>): Promise<T> => {
  try {
    return await ask(objects);
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new Unusable(
      `${place} does not answer (${reason}). Check DARKROOM_OBJECTS and DARKROOM_OBJECTS_ENDPOINT, and AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { cause },
    );
  }
};

const hasAny = async (originals: ServedStore): Promise<boolean> => {
  for await (const _ of originals.list('originals/')) return true;
  return false;
};

/** An audit would take every original for an orphan. */
const lostCatalogue = (data: string, bucket: ObjectBucket | undefined): Unusable =>
  new Unusable(
    `There are originals in ${bucket?.place ?? join(data, 'private')}, but ${join(data, databaseFile)} knows no image. Put the database back from a backup; or run darkroom rebuild, which makes a catalogue of what is stored; or, to begin without these pictures, ${bucket ? 'name another path in DARKROOM_OBJECTS' : 'move the folders private and public away'}.`,
  );
