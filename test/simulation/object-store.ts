import { originalsPart } from '../../lib/core/object-keys.ts';
import type { ObjectStore, StoredObject } from '../../lib/ports.ts';
import { digestOf, fileDigestOf } from './renderer.ts';

export type Stored = { readonly bytes: Uint8Array; readonly modifiedAt: number };

/** The operations of an object store, each at one instant: the caller decides when. */
export type StoredObjects = {
  readonly put: (key: string, bytes: Uint8Array) => void;
  /** False when there is one already: the PUT of a ticket. */
  readonly create: (key: string, bytes: Uint8Array) => boolean;
  readonly read: (key: string) => Stored | undefined;
  readonly remove: (keys: readonly string[]) => void;
  readonly below: (prefix: string) => readonly StoredObject[];
  readonly keys: () => IterableIterator<string>;
  /** The prefix of each image of which something is stored. */
  readonly prefixes: () => IterableIterator<string>;
  /** A fault: other bytes, or none, in the place of an object. */
  readonly damage: (key: string, bytes: Uint8Array | undefined) => void;
};

/** Gets every change before it is made. */
export type StoreWatcher = {
  readonly put: (key: string, bytes: Uint8Array) => void;
  readonly removed: (key: string) => void;
};

/**
 * Objects in memory, grouped by image, so that a list of one image does not read the others. Consistent as S3 is since
 * 2020: a read after a write sees it.
 */
export const storedObjects = (now: () => number, watcher: StoreWatcher): StoredObjects => {
  const all = new Map<string, Stored>();
  const byImage = new Map<string, Set<string>>();
  const imageOf = (key: string): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1) + 1);

  const put = (key: string, bytes: Uint8Array): void => {
    watcher.put(key, bytes);
    const image = imageOf(key);
    const keys = byImage.get(image);
    if (keys) keys.add(key);
    else byImage.set(image, new Set([key]));
    all.set(key, { bytes, modifiedAt: now() });
  };

  const forget = (key: string): void => {
    all.delete(key);
    const image = imageOf(key);
    const left = byImage.get(image);
    left?.delete(key);
    if (left?.size === 0) byImage.delete(image);
  };

  return {
    put,
    create: (key, bytes) => {
      if (all.has(key)) return false;
      put(key, bytes);
      return true;
    },
    read: (key) => all.get(key),
    remove: (keys) => {
      for (const key of keys) {
        if (!all.has(key)) continue;
        watcher.removed(key);
        forget(key);
      }
    },
    damage: (key, bytes) => {
      const stored = all.get(key);
      if (stored && bytes) all.set(key, { ...stored, bytes });
      else forget(key);
    },
    below: (prefix) => {
      const found: StoredObject[] = [];
      const image = imageOf(prefix);
      const images = image === '' || image.length < 10 ? byImage.keys() : [image];
      for (const one of images) {
        if (!one.startsWith(prefix) && !prefix.startsWith(one)) continue;
        const isWhole = one.startsWith(prefix);
        for (const key of byImage.get(one) ?? []) {
          const stored = (isWhole || key.startsWith(prefix)) && all.get(key);
          if (stored) found.push({ key, bytes: stored.bytes.length, modifiedAt: stored.modifiedAt });
        }
      }
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    keys: () => all.keys(),
    prefixes: () => byImage.keys(),
  };
};

type Call = <T>(what: string, effect: () => T) => Promise<T>;

/** The port, for one caller. A list comes in pages, and other calls may happen between them. */
export const objectStore = (objects: StoredObjects, call: Call): ObjectStore => ({
  put: (key, bytes) => call(`put ${key}`, () => objects.put(key, bytes)),
  get: (key) => call(`get ${key}`, () => objects.read(key)?.bytes),
  copy: (from, to, sha256) =>
    call(`copy ${from} to ${to}`, () => {
      const bytes = objects.read(from)?.bytes;
      if (!bytes) return false;
      // As in S3, whose answer gives the digest of a copy that is made.
      objects.put(to, bytes);
      return [fileDigestOf, digestOf].some((digest) => digest(bytes) === sha256);
    }),
  head: (key) =>
    call(`head ${key}`, () => {
      const stored = objects.read(key);
      return stored && { key, bytes: stored.bytes.length, modifiedAt: stored.modifiedAt };
    }),
  async *list(prefix) {
    let after = '';
    for (;;) {
      const from = after;
      const page = await call(`list ${prefix}`, () => {
        const all = objects.below(prefix);
        const found = from === '' ? all : all.filter(({ key }) => key > from);
        return { items: found.slice(0, pageLength), more: found.length > pageLength };
      });
      yield* page.items;
      after = page.items.at(-1)?.key ?? after;
      if (!page.more) return;
    }
  },
  remove: (keys) =>
    keys.length === 0 ? Promise.resolve() : call(`remove ${keys.join(' ')}`, () => objects.remove(keys)),
});

const pageLength = 1000;

export const isOriginal = (key: string): boolean => key.startsWith(allOriginals);
const allOriginals = originalsPart('');
