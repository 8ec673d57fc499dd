import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Instant } from '../../core/image.ts';
import type { ServedStore, StoredObject } from '../../ports.ts';
import { type Draft, fillFile } from './draft.ts';
import { errorCode } from './error-code.ts';
import { syncFolder } from './sync-folder.ts';

/**
 * Files in a folder, one an object. What is half written lies in `.partial`, and what was discarded in `.trash`: no key
 * can point there.
 */
export type FileObjectStore = ServedStore & {
  /**
   * Lets `fill` write a new file, then gives it its key. False, and nothing changed, if the key is taken. If `fill`
   * rejects, nothing is left behind.
   */
  create(key: string, fill: (draft: Draft) => Promise<void>): Promise<boolean>;
  /** Where the bytes of a key lie, or would lie. */
  path(key: string): string;
};

/** Permission bits of the files and folders of a store, before the umask takes some away. */
export type Modes = { readonly file: number; readonly folder: number };

const dayMs = 24 * 3600_000;

const segment = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

export const fileObjectStore = (
  root: string,
  modes: Modes = { file: 0o600, folder: 0o700 },
  openFile: typeof open = open,
): FileObjectStore => {
  const partial = join(root, '.partial');
  const trash = join(root, '.trash');

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
    await mkdir(partial, { recursive: true, mode: modes.folder });
    const draft = join(partial, randomUUID());
    try {
      const file = await openFile(draft, 'wx', modes.file);
      try {
        await fillFile(file, fill);
      } finally {
        await file.close();
      }
      const placed = await intoFolder(dirname(target), modes.folder, () => place(draft, target));
      // If the folder is gone, the object was removed in the meantime.
      if (placed) await unlessAbsent(syncFolder(dirname(target)));
      return placed;
    } finally {
      await rm(draft, { force: true });
    }
  };

  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    await write(key, (draft) => draft.write(bytes), replace);
  };

  return {
    path,
    create: (key, fill) => write(key, fill, linkNew),
    put,
    // Bytes of its own, and no hard link: docs/decisions.md#difference
    copy: async (from, to, sha256) => {
      const bytes = await unlessAbsent(readFile(path(from)));
      if (!bytes || createHash('sha256').update(bytes).digest('base64') !== sha256) return false;
      await put(to, bytes);
      return true;
    },
    get: (key) => unlessAbsent(readFile(path(key))),
    head: async (key) => {
      const found = await unlessAbsent(stat(path(key)));
      return found?.isFile() ? { key, bytes: found.size, modifiedAt: found.mtimeMs } : undefined;
    },
    stream: async (key, range) => createReadStream(path(key), range),
    list: (prefix) => listBelow(root, prefix),
    remove: async (keys) => {
      for (const key of keys) {
        await rm(path(key), { force: true });
        await removeEmptyFolders(root, dirname(path(key)));
      }
    },
    tidy: async (since) => {
      for (const name of (await unlessAbsent(readdir(partial))) ?? []) {
        const file = join(partial, name);
        const found = await unlessAbsent(stat(file));
        if (found && found.mtimeMs <= since) await rm(file, { recursive: true, force: true });
      }
    },
    discard: async (keys, at) => {
      for (const key of keys) {
        const from = path(key);
        const to = join(trash, dayOf(at), ...key.split('/'));
        await unlessAbsent(intoFolder(dirname(to), 0o700, () => unlessGone(from, () => rename(from, to))));
        await removeEmptyFolders(root, dirname(from));
      }
    },
    emptyTrash: async (before) => {
      const days = (await unlessAbsent(readdir(trash))) ?? [];
      const over = days.filter((day) => Date.parse(day) + dayMs <= before);
      for (const day of over) await rm(join(trash, day), { recursive: true, force: true });
      return over;
    },
  };
};

const dayOf = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

/** ENOENT has two meanings here: nothing to move, or no folder to move to. */
const unlessGone = async (from: string, move: () => Promise<void>): Promise<void> => {
  if (await unlessAbsent(stat(from))) await move();
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
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
};

/**
 * Makes the folder if it is missing, and again if a concurrent removal has taken it away in between. Each concurrent removal
 * can do so once, so few tries are needed; the limit ends a case that cannot succeed.
 */
const intoFolder = async <T>(folder: string, mode: number, place: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      const topmost = await mkdir(folder, { recursive: true, mode });
      for (let at = folder; topmost !== undefined && at.length >= topmost.length; at = dirname(at))
        await syncFolder(dirname(at));
      return await place();
    } catch (error) {
      if (!isAbsence(error) || tries === 100) throw error;
    }
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
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM', 'EBUSY'].includes(errorCode(error) ?? '')) return;
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

const isAbsence = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
