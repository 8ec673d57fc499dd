import { copyFile, mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { errorCode } from '../adapters/local/error-code.ts';
import { closeInOneFile, knownOriginals, openWhole, snapshotInto } from '../adapters/local/snapshot.ts';
import { sqliteCatalogue } from '../adapters/local/sqlite-catalogue.ts';
import { originalKey } from '../core/object-keys.ts';
import { Unusable } from '../core/unusable.ts';
import type { Clock, ObjectBucket } from '../ports.ts';
import { fileDigest } from './file-digest.ts';
import { databaseFile, type Home, openPresentHome } from './home.ts';
import { refuseOtherPlace } from './objects-place.ts';
import { placeFile, syncFile, writeWhole } from './place-file.ts';

/** Written last: a folder without it is no whole backup. `sha256sum -c` reads it too. */
export const digestList = 'SHA256SUMS';

export type BackupReport = {
  readonly originals: number;
  /** The catalogue knows it, but it is not stored, and it was not deleted meanwhile. */
  readonly missing: readonly string[];
  /** Stored with other bytes than the catalogue knows. */
  readonly damaged: readonly string[];
};

/**
 * Database, secret and originals of a data folder, while the service runs. The database is copied first, as of one
 * instant; then the originals that it knows. An image that is deleted in between is deleted in the copy too. Variants are
 * left out: they are made again from the originals.
 */
export const backUp = async (
  data: string,
  folder: string,
  clock: Clock,
  bucket?: ObjectBucket,
): Promise<BackupReport> => {
  await refuseOtherPlace(data, bucket?.place);
  const home = await openPresentHome(data, bucket);
  try {
    await refuseInside(data, folder);
    await makeEmptyFolder(folder);
    const copy = join(folder, databaseFile);
    // SQLite fills an empty file, and would make one that other users may read.
    await writeFile(copy, '', { mode: 0o600 });
    snapshotInto(home.database, copy);
    const database = openWhole(copy);
    const digests = new Map<string, string>();
    const missing: string[] = [];
    const damaged: string[] = [];
    const catalogue = sqliteCatalogue(database);
    for (const { id, version, sha256, isNeeded } of [...knownOriginals(database)]) {
      const key = originalKey({ id, version });
      const digest = await placeOriginal(home, key, folder);
      if (digest === undefined) {
        if (!isNeeded) continue;
        if (await isDeleted(home, id)) await catalogue.remove(id, clock.now());
        else missing.push(key);
        continue;
      }
      digests.set(`private/${key}`, digest);
      if (sha256 !== null && Buffer.from(digest, 'hex').toString('base64') !== sha256) damaged.push(key);
    }
    closeInOneFile(database);
    await syncFile(copy);
    await copyFile(join(data, 'secret'), join(folder, 'secret'));
    for (const name of [databaseFile, 'secret']) digests.set(name, await fileDigest(join(folder, name)));
    await writeFile(join(folder, digestList), listOf(digests), { mode: 0o600, flush: true });
    return { originals: digests.size - 2, missing, damaged };
  } finally {
    home.database.close();
  }
};

/** It would be lost with the data folder, and a web server may show everybody what is in some parts of it. */
const refuseInside = async (data: string, folder: string): Promise<void> => {
  const place = await realPathOf(resolve(folder)).catch((cause) => noFolder(folder, cause));
  const way = relative(await realpath(data), place);
  if (way.split(sep)[0] === '..' || isAbsolute(way)) return;
  throw new Unusable(`${folder} is inside the data folder ${data}, and would be lost with it. Name another folder.`);
};

/** Also of a folder that is not there yet. */
const realPathOf = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent), basename(path));
  }
};

const noFolder = (folder: string, cause: unknown): never => {
  throw new Unusable(`${folder} is no folder, and none can be made there. Name another one.`, { cause });
};

const makeEmptyFolder = async (folder: string): Promise<void> => {
  const made = mkdir(folder, { recursive: true, mode: 0o700 });
  const inside = await made.then(() => readdir(folder)).catch((cause) => noFolder(folder, cause));
  if (inside.length > 0) throw new Unusable(`${folder} is not empty. Name a folder for this backup alone.`);
};

/** The digest of the copy, read from the copy; undefined when there is no such original. */
const placeOriginal = async ({ originals, inbox }: Home, key: string, folder: string): Promise<string | undefined> => {
  const to = join(folder, 'private', ...key.split('/'));
  if (!inbox) {
    const bytes = await originals.get(key);
    if (bytes) await writeWhole(to, bytes);
    return bytes && fileDigest(to);
  }
  try {
    await placeFile(inbox.path(key), to);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  return fileDigest(to);
};

const isDeleted = async ({ database }: Home, id: string): Promise<boolean> =>
  (await sqliteCatalogue(database).find(id)) === undefined;

const listOf = (digests: ReadonlyMap<string, string>): string =>
  [...digests].map(([path, digest]) => `${digest}  ${path}\n`).join('');
