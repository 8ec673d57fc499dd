import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { ObjectStore, StoredObject } from '../../ports.ts';
import { type Draft, fillFile } from './draft.ts';

/** Files in a folder, one an object. Whatever is half written lies in `.partial`, where no key can point. */
export type FileObjectStore = ObjectStore & {
  /**
   * Writes what `fill` puts into a new file, then gives it its key: false, and nothing changed, when the key is taken.
   * When `fill` rejects nothing is left behind.
   */
  create(key: string, fill: (draft: Draft) => Promise<void>): Promise<boolean>;
  /** Where the bytes of a key lie, or would lie. */
  path(key: string): string;
  stream(key: string, range?: { start: number; end: number }): NodeJS.ReadableStream;
  /** Removes half-written files of processes that were killed. Only safe while nobody writes. */
  tidy(): Promise<void>;
};

const segment = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

export const fileObjectStore = (root: string, openFile: typeof open = open): FileObjectStore => {
  const partial = join(root, '.partial');

  const path = (key: string): string => {
    if (!key.split('/').every((part) => segment.test(part))) throw new RangeError('a key that no object can have');
    return join(root, ...key.split('/'));
  };

  const write = async (
    key: string,
    fill: (draft: Draft) => Promise<void>,
    place: (from: string, to: string) => Promise<boolean>,
  ): Promise<boolean> => {
    const target = path(key);
    await mkdir(partial, { recursive: true });
    const draft = join(partial, randomUUID());
    try {
      const file = await openFile(draft, 'wx');
      try {
        await fillFile(file, fill);
      } finally {
        await file.close();
      }
      const placed = await intoFolder(dirname(target), () => place(draft, target));
      // Where the folder is gone again, so is the object: somebody has removed it.
      if (placed) await unlessAbsent(syncFolder(dirname(target)));
      return placed;
    } finally {
      await rm(draft, { force: true });
    }
  };

  return {
    path,
    create: (key, fill) => write(key, fill, linkNew),
    put: async (key, bytes) => {
      await write(key, (draft) => draft.write(bytes), replace);
    },
    get: (key) => unlessAbsent(readFile(path(key))),
    head: async (key) => {
      const found = await unlessAbsent(stat(path(key)));
      return found?.isFile() ? { key, bytes: found.size, modifiedAt: found.mtimeMs } : undefined;
    },
    stream: (key, range) => createReadStream(path(key), range),
    list: (prefix) => listBelow(root, prefix),
    remove: async (keys) => {
      for (const key of keys) {
        await rm(path(key), { force: true });
        await removeEmptyFolders(root, dirname(path(key)));
      }
    },
    tidy: () => rm(partial, { recursive: true, force: true }),
  };
};

const replace = async (from: string, to: string): Promise<true> => {
  await rename(from, to);
  return true;
};

/** A link refuses a name that is taken, which a rename does not. */
const linkNew = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
};

/**
 * The folder is made when it is missing, again when a removal beside us took it away in between. Whoever takes it away has
 * come to an end with that, so no more tries are needed than there are others at work; the limit ends what never will be.
 */
const intoFolder = async <T>(folder: string, place: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      const topmost = await mkdir(folder, { recursive: true });
      for (let at = folder; topmost !== undefined && at.length >= topmost.length; at = dirname(at))
        await syncFolder(dirname(at));
      return await place();
    } catch (error) {
      if (!isAbsence(error) || tries === 100) throw error;
    }
  }
};

/** Without it a name may be lost in a power cut though the bytes were not. Windows has no such call, and no such need. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

async function* listBelow(root: string, prefix: string): AsyncGenerator<StoredObject> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const entries = (await unlessAbsent(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
  // Keys are sorted as whole strings, in which a folder's name goes on with a slash.
  const keys = entries.map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`).sort();
  for (const key of keys) {
    if (!key.startsWith(prefix) || key.startsWith(`${folder}.`)) continue;
    if (key.endsWith('/')) {
      yield* listBelow(root, key);
      continue;
    }
    const found = await unlessAbsent(stat(join(root, key)));
    if (found) yield { key, bytes: found.size, modifiedAt: found.mtimeMs };
  }
}

const removeEmptyFolders = async (root: string, folder: string): Promise<void> => {
  for (let at = folder; at.startsWith(root + sep); at = dirname(at))
    try {
      await rmdir(at);
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM', 'EBUSY'].includes(codeOf(error) ?? '')) return;
      throw error;
    }
};

const unlessAbsent = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
};

const isAbsence = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
