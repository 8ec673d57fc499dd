import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from '../adapters/local/folder-lock.ts';
import { errorCode } from '../core/error-code.ts';
import { Unusable } from '../core/unusable.ts';
import type { ObjectBucket, ObjectStore, ServedStore, StoredObject } from '../ports.ts';
import { databaseFile, openFolders } from './home.ts';
import { notedPlace, notePlace } from './objects-place.ts';

export type MoveReport = {
  /** Copied and read back by this run. */
  readonly copied: number;
  /** Copied by an earlier run, and unchanged since. */
  readonly before: number;
  /** Whether the data folder names the bucket now; not while a service uses the folders. */
  readonly switched: boolean;
};

/**
 * Moves the originals and the variants of a data folder into a bucket, under the same keys; the catalogue stays. Every copy
 * is read back and compared by its SHA-256. It copies while the service runs, and can be killed at any time: the next run
 * continues. Only when no service uses the folders and every object is in the bucket does the data folder name it. The
 * files stay where they are.
 */
export const move = async (data: string, bucket: ObjectBucket, tell: (copied: number) => void): Promise<MoveReport> => {
  const noted = await notedPlace(data);
  if (noted !== undefined)
    throw new Unusable(
      noted === bucket.place
        ? `The pictures of ${data} are in ${noted} already.`
        : `The pictures of ${data} are in ${noted}, not in its folders.`,
    );
  if (!existsSync(join(data, databaseFile)))
    throw new Unusable(`There is no Darkroom in ${data}. Set DARKROOM_DATA to the folder of the service.`);
  const journal = await openJournal(data, bucket.place);
  if (!journal.hasBegun) {
    await refuseOthers(bucket);
    await journal.begin();
  }
  let copied = await copyAll(data, bucket, journal, { tell });
  const isOurs = lockFolder(join(data, 'lock.db'));
  if (isOurs) {
    // What came while the lock was not ours yet, and what has vanished from the bucket since it was copied.
    copied += await copyAll(data, bucket, journal, { tell, stored: await sizesIn(bucket) });
    await removeDeleted(data, bucket, journal);
    await notePlace(data, bucket.place);
    await journal.remove();
  }
  return { copied, before: journal.found, switched: isOurs };
};

const prefixes = ['originals/', 'images/'] as const;
const atOnce = 4;
const tellEvery = 500;

async function* inFolders(data: string): AsyncGenerator<readonly [ObjectStore, StoredObject]> {
  const { originals, variants } = openFolders(data);
  for await (const object of originals.list('originals/')) yield [originals, object];
  for await (const object of variants.list('images/')) yield [variants, object];
}

const copyAll = async (
  data: string,
  { objects }: ObjectBucket,
  journal: Journal,
  { tell, stored }: { tell: (copied: number) => void; stored?: ReadonlyMap<string, number> },
): Promise<number> => {
  const isThere = (object: StoredObject) =>
    journal.has(object) && (stored === undefined || stored.get(object.key) === object.bytes);
  let copied = 0;
  const work = inFolders(data);
  const copyNext = async (): Promise<void> => {
    for (let next = await work.next(); !next.done; next = await work.next()) {
      const [from, object] = next.value;
      if (isThere(object) || !(await copy(from, objects, object.key))) continue;
      await journal.add(object);
      if (++copied % tellEvery === 0) tell(copied);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, copyNext));
  return copied;
};

const sizesIn = async ({ objects }: ObjectBucket): Promise<ReadonlyMap<string, number>> => {
  const sizes = new Map<string, number>();
  for (const prefix of prefixes) for await (const { key, bytes } of objects.list(prefix)) sizes.set(key, bytes);
  return sizes;
};

/** False if the object was deleted meanwhile. */
const copy = async (from: ObjectStore, to: ServedStore, key: string): Promise<boolean> => {
  const bytes = await from.get(key);
  if (!bytes) return false;
  await to.put(key, bytes);
  const copied = await to.get(key);
  if (!copied || digestOf(copied) !== digestOf(bytes))
    throw new Unusable(`The copy of ${key} is not what was sent. Run the command again.`);
  return true;
};

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** Images that were deleted after their objects had been copied. */
const removeDeleted = async (data: string, { objects }: ObjectBucket, journal: Journal): Promise<void> => {
  const left = new Set(journal.keys());
  for await (const [, { key }] of inFolders(data)) left.delete(key);
  await objects.remove([...left]);
};

/** The objects of another Darkroom would count as orphans. */
const refuseOthers = async ({ place, objects }: ObjectBucket): Promise<void> => {
  for (const prefix of prefixes)
    for await (const { key } of objects.list(prefix))
      throw new Unusable(`${place} holds ${key} already. Name a path of this Darkroom alone.`);
};

type Journal = Awaited<ReturnType<typeof openJournal>>;

/** What was copied and compared, one line each. A line that a kill cut off does not count. */
const openJournal = async (data: string, place: string) => {
  const path = join(data, 'moving.jsonl');
  const done = new Map<string, string>();
  const [first, ...rest] = (await textOf(path)).split('\n').slice(1).map(parsed);
  if (typeof first === 'string' && first !== place)
    throw new Unusable(
      `A move to ${first} has begun. Continue it; or remove ${path} and what was copied to begin another.`,
    );
  for (const line of rest) if (Array.isArray(line)) done.set(line[0], line[1]);
  // After the newline, so that the next line is whole although this one may be cut off.
  const write = (line: unknown) => appendFile(path, `\n${JSON.stringify(line)}`, { mode: 0o600 });
  const stateOf = ({ bytes, modifiedAt }: StoredObject) => `${bytes} ${modifiedAt}`;
  return {
    found: done.size,
    hasBegun: first !== undefined,
    begin: () => write(place),
    keys: () => done.keys(),
    has: (object: StoredObject) => done.get(object.key) === stateOf(object),
    add: async (object: StoredObject): Promise<void> => {
      done.set(object.key, stateOf(object));
      await write([object.key, stateOf(object)]);
    },
    remove: () => rm(path, { force: true }),
  };
};

/** Undefined for a line that was cut off. */
const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
};
