import { type Stats, statSync } from 'node:fs';
import type { ServedStore, StoredObject } from '../../ports.ts';
import type { FileObjectStore } from './file-object-store.ts';

/** `mostBytes` is that of all remembered files together. */
export type MemoryLimits = { readonly mostBytes: number; readonly mostFileBytes: number };

/** A small file with its bytes. While the file stays as it is, it is the same object. */
export type RememberedFile = StoredObject & { readonly content: Uint8Array };

export type RememberingStore = ServedStore & {
  /** A file of the last reads, if the disk still has it. */
  readonly remembered: (key: string) => RememberedFile | undefined;
};

type Entry = { readonly path: string; readonly file: RememberedFile };

/**
 * A store of files that keeps the small ones of the last reads in memory (an LRU cache), for delivery. A remembered file
 * is compared with the disk each time that it is asked for, in some microseconds and without a thread: what was removed or
 * replaced is noticed at once.
 */
export const rememberingFiles = (store: FileObjectStore, limits: MemoryLimits): RememberingStore => {
  const entries = new Map<string, Entry>();
  let total = 0;

  const forget = (key: string): void => {
    total -= entries.get(key)?.file.bytes ?? 0;
    entries.delete(key);
  };
  const remember = (object: StoredObject, content: Uint8Array): void => {
    forget(object.key);
    entries.set(object.key, { path: store.path(object.key), file: { ...object, content } });
    total += object.bytes;
    for (const key of entries.keys()) {
      if (total <= limits.mostBytes) return;
      forget(key);
    }
  };

  const remembered = (key: string): RememberedFile | undefined => {
    const entry = entries.get(key);
    if (!entry) return undefined;
    const { path, file } = entry;
    const stats = statOf(path);
    if (stats?.isFile() && stats.size === file.bytes && stats.mtimeMs === file.modifiedAt) {
      // A map keeps the order of insertion: the latest read comes last.
      entries.delete(key);
      entries.set(key, entry);
      return file;
    }
    forget(key);
    return undefined;
  };

  return {
    ...store,
    remembered,
    get: async (key) => {
      const found = remembered(key);
      if (found) return found.content;
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
