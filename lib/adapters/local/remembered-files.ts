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
  readonly forget: (keys: readonly string[]) => void;
};

type Entry = { readonly path: string; readonly file: RememberedFile; lookedAt: number };

/** A comparison with the disk at each request was a sixth of the time of an answer. */
const lookEveryMs = 100;

/**
 * A store of files that keeps the small ones of the last reads in memory (an LRU cache), for delivery. A remembered file is
 * compared with the disk ten times a second at most: so what another program removes or replaces is noticed soon.
 * `forgetting` drops a file as soon as this process changes it.
 */
export const rememberingFiles = (
  store: FileObjectStore,
  limits: MemoryLimits,
  now: () => number = () => performance.now(),
): RememberingStore => {
  const entries = new Map<string, Entry>();
  let total = 0;

  const forget = (key: string): void => {
    total -= entries.get(key)?.file.bytes ?? 0;
    entries.delete(key);
  };
  const remember = (object: StoredObject, content: Uint8Array): void => {
    forget(object.key);
    entries.set(object.key, {
      path: store.path(object.key),
      file: { ...object, content },
      lookedAt: Number.NEGATIVE_INFINITY,
    });
    total += object.bytes;
    for (const key of entries.keys()) {
      if (total <= limits.mostBytes) return;
      forget(key);
    }
  };

  const remembered = (key: string): RememberedFile | undefined => {
    const entry = entries.get(key);
    if (!entry) return undefined;
    const { path, file, lookedAt } = entry;
    const at = now();
    if (at < lookedAt + lookEveryMs) return file;
    const stats = statOf(path);
    if (!stats?.isFile() || stats.size !== file.bytes || stats.mtimeMs !== file.modifiedAt) {
      forget(key);
      return undefined;
    }
    entry.lookedAt = at;
    // A map keeps the order of insertion: the latest read comes last.
    entries.delete(key);
    entries.set(key, entry);
    return file;
  };

  return {
    ...store,
    remembered,
    forget: (keys) => keys.forEach(forget),
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

/** The same files for those who change them: a change is over only when the memory has forgotten them. */
export const forgetting = (store: ServedStore, { forget }: Pick<RememberingStore, 'forget'>): ServedStore => {
  const thenForget = async <Result>(keys: readonly string[], change: Promise<Result>): Promise<Result> => {
    try {
      return await change;
    } finally {
      forget(keys);
    }
  };
  return {
    ...store,
    put: (key, ...more) => thenForget([key], store.put(key, ...more)),
    copy: (from, to, ...more) => thenForget([to], store.copy(from, to, ...more)),
    remove: (keys) => thenForget(keys, store.remove(keys)),
    discard: (keys, at) => thenForget(keys, store.discard(keys, at)),
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
