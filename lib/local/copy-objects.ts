import { createHash } from 'node:crypto';
import { Unusable } from '../core/unusable.ts';
import type { ObjectStore, StoredObject } from '../ports.ts';
import { eachOf } from './each-of.ts';
import type { MoveJournal } from './move-journal.ts';

/** Where the objects of a home are. */
export type StorePair = { readonly originals: ObjectStore; readonly variants: ObjectStore };

type Progress = {
  readonly onProgress: (copied: number) => void;
  /** What the target holds; without it the journal alone decides what was copied before. */
  readonly stored?: ReadonlyMap<string, number>;
};

const atOnce = 4;
const progressEvery = 500;

async function* objectsIn({ originals, variants }: StorePair): AsyncGenerator<readonly [ObjectKind, StoredObject]> {
  for await (const object of originals.list('originals/')) yield ['originals', object];
  for await (const object of variants.list('images/')) yield ['variants', object];
}
type ObjectKind = keyof StorePair;

/** Copies every object that the journal lacks, and reads each copy back. Resolves to the number of copies. */
export const copyObjects = async (
  from: StorePair,
  to: StorePair,
  journal: MoveJournal,
  { onProgress, stored }: Progress,
): Promise<number> => {
  const isThere = (object: StoredObject) =>
    journal.has(object) && (stored === undefined || stored.get(object.key) === object.bytes);
  let copied = 0;
  await eachOf(objectsIn(from), atOnce, async ([kind, object]) => {
    if (isThere(object) || !(await copy(from[kind], to[kind], object.key))) return;
    await journal.add(object);
    if (++copied % progressEvery === 0) onProgress(copied);
  });
  return copied;
};

/**
 * The last round, when nothing changes any more: copies what is new, and what has vanished from the target since it was
 * copied, and removes copies of what was deleted.
 */
export const copyLastObjects = async (
  from: StorePair,
  to: StorePair,
  journal: MoveJournal,
  onProgress: (copied: number) => void,
): Promise<number> => {
  const stored = new Map<string, number>();
  for await (const [, { key, bytes }] of objectsIn(to)) stored.set(key, bytes);
  const copied = await copyObjects(from, to, journal, { onProgress, stored });
  const left = new Set(journal.keys());
  for await (const [, { key }] of objectsIn(from)) left.delete(key);
  await to.originals.remove([...left].filter((key) => key.startsWith('originals/')));
  await to.variants.remove([...left].filter((key) => key.startsWith('images/')));
  return copied;
};

/** The key of any object that is stored there. */
export const anyKeyIn = async (stores: StorePair): Promise<string | undefined> => {
  for await (const [, { key }] of objectsIn(stores)) return key;
  return undefined;
};

/** False if the object was deleted meanwhile. */
const copy = async (from: ObjectStore, to: ObjectStore, key: string): Promise<boolean> => {
  const bytes = await from.get(key);
  if (!bytes) return false;
  await to.put(key, bytes);
  const copied = await to.get(key);
  if (!copied || digestOf(copied) !== digestOf(bytes))
    throw new Unusable(`The copy of ${key} is not what was sent. Run the command again.`);
  return true;
};

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
