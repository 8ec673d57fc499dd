import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, openDatabase } from '../adapters/local/database.ts';
import { type FileObjectStore, fileObjectStore } from '../adapters/local/file-object-store.ts';
import { lockFolder } from '../adapters/local/folder-lock.ts';
import { Unusable } from '../core/unusable.ts';

/** A data folder, opened: what the host and each of its workers find in it. */
export type Home = {
  readonly database: Database;
  /** Nobody but us reads these. */
  readonly originals: FileObjectStore;
  /** A web server may serve this folder as it is. */
  readonly variants: FileObjectStore;
  readonly variantsFolder: string;
};

export const databaseFile = 'darkroom.db';

export const openHome = (data: string): Home => {
  const variantsFolder = join(data, 'public');
  return {
    database: openDatabase(join(data, databaseFile)),
    originals: fileObjectStore(join(data, 'private')),
    variants: fileObjectStore(variantsFolder),
    variantsFolder,
  };
};

/** Makes the folder ours alone and cleans up after processes that were killed in it. */
export const claimHome = async (data: string): Promise<Home & { readonly secret: string }> => {
  try {
    await mkdir(data, { recursive: true });
    await access(data, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Unusable(
      `The data folder ${data} cannot be written. Make it writable, or set DARKROOM_DATA to another.`,
      {
        cause: error,
      },
    );
  }
  if (!lockFolder(join(data, 'lock.db')))
    throw new Unusable(`Another Darkroom is using ${data}. Stop it, or set DARKROOM_DATA to another folder.`);
  const home = openHome(data);
  await home.originals.tidy();
  await home.variants.tidy();
  return { ...home, secret: await signingSecret(join(data, 'secret')) };
};

/** Kept, so that tickets outlive a restart. */
const signingSecret = async (path: string): Promise<string> => {
  const fresh = randomBytes(32).toString('base64url');
  try {
    await writeFile(path, fresh, { flag: 'wx', mode: 0o600, flush: true });
    return fresh;
  } catch {
    return await readFile(path, 'utf8');
  }
};
