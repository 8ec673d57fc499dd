import { type Stats, statSync } from 'node:fs';
import type { ServedObject, ServedStore, StoredObject } from '../../ports.ts';
import type { FileObjectStore } from './file-object-store.ts';

/** `mostBytes` is that of all remembered files together. */
export type MemoryLimits = { readonly mostBytes: number; readonly mostFileBytes: number };

type Remembered = { readonly path: string; readonly object: ServedObject & { readonly content: Uint8Array } };

/**
 * A store of files that keeps the small ones of the last reads in memory (an LRU cache), for delivery. A remembered file
 * is compared with the disk each time that it is asked for, in some microseconds and without a thread: what was removed or
 * replaced is noticed at once.
 */
export const rememberingFiles = (store: FileObjectStore, limits: MemoryLimits): ServedStore => {
  const remembered = new Map<string, Remembered>();
  let total = 0;

  const forget = (key: string): void => {
    total -= remembered.get(key)?.object.bytes ?? 0;
    remembered.delete(key);
  };
  const remember = (object: StoredObject, content: Uint8Array): void => {
    forget(object.key);
    remembered.set(object.key, { path: store.path(object.key), object: { ...object, content } });
    total += object.bytes;
    for (const key of remembered.keys()) {
      if (total <= limits.mostBytes) return;
      forget(key);
    }
  };

  /** What is remembered, if the disk still has it. */
  const known = (key: string): Remembered | undefined => {
    const found = remembered.get(key);
    if (!found) return undefined;
    const stats = statOf(found.path);
    if (stats?.isFile() && stats.size === found.object.bytes && stats.mtimeMs === found.object.modifiedAt) {
      // A map keeps the order of insertion: the latest read comes last.
      remembered.delete(key);
      remembered.set(key, found);
      return found;
    }
    forget(key);
    return undefined;
  };

  return {
    ...store,
    head: async (key) => known(key)?.object ?? store.head(key),
    get: async (key) => {
      const found = known(key);
      if (found) return found.object.content;
      // Before the bytes: if the file is replaced in between, what is remembered does not match the disk.
      const object = await store.head(key);
      const bytes = await store.get(key);
      if (bytes && bytes.length === object?.bytes && bytes.length <= limits.mostFileBytes) remember(object, bytes);
      return bytes;
    },
  };
};

const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Trouble of the disk, which the store then meets too, and reports.
    return undefined;
  }
};
