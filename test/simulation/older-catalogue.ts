import { eventOf, type ImageEvent } from '../../lib/core/events.ts';
import { isUnfinished, type Version } from '../../lib/core/image.ts';
import { originalKey, parseStoredKey } from '../../lib/core/object-keys.ts';
import { type RebuildNeeds, takeIn } from '../../lib/local/rebuild.ts';
import type { ObjectStore } from '../../lib/ports.ts';
import type { Rows } from './catalogue.ts';
import type { KnownVersion } from './model.ts';
import { objectStore } from './object-store.ts';
import { filesOf } from './published-files.ts';
import { Violation } from './scheduler.ts';
import type { World } from './world.ts';

/** The catalogue as it was at one instant, and the originals that it knew. */
export type Backup = {
  readonly images: Rows['images'];
  readonly claims: Rows['claims'];
  readonly jobs: World['jobs'];
  readonly originals: ReadonlyMap<string, Uint8Array>;
};

export const backUp = ({ rows, jobs, originals }: World): Backup => {
  const images: Rows['images'] = new Map();
  const stored = new Map<string, Uint8Array>();
  for (const [id, row] of rows.images) {
    images.set(id, { ...row, versions: new Map(row.versions), since: new Map(row.since) });
    for (const version of row.versions.keys()) {
      const key = originalKey({ id, version });
      const object = row.deletedAt === null && originals.read(key);
      if (object) stored.set(key, object.bytes);
    }
  }
  return {
    images,
    claims: new Map(rows.claims),
    jobs: { jobs: new Map(jobs.jobs), claims: new Map(jobs.claims) },
    originals: stored,
  };
};

/** As `darkroom restore` and `darkroom rebuild` do while the service stands still: lib/local/restore.ts, lib/local/rebuild.ts. */
export const restoreOlder = async (world: World, backup: Backup): Promise<void> => {
  const { rows, jobs, originals, variants, promises } = world;
  refill(rows.images, backup.images);
  refill(rows.claims, backup.claims);
  refill(jobs.jobs, backup.jobs.jobs);
  refill(jobs.claims, backup.jobs.claims);
  promises.forgotten();
  for (const [key, bytes] of backup.originals) if (!originals.read(key)) originals.put(key, bytes);

  const atOnce = async <T>(_what: string, effect: () => T): Promise<T> => effect();
  const stores: Record<'originals' | 'variants', ObjectStore> = {
    originals: objectStore(originals, atOnce),
    variants: objectStore(variants, atOnce),
  };
  const rebuildWorld: RebuildNeeds = { config: world.config(), typeOf: () => 'image/jpeg' };
  const told = rows.events.length;
  await takeIn(rebuildWorld, stores, {
    known: (id) => {
      const row = rows.images.get(id);
      if (row?.deletedAt !== null) return row && 'removed';
      return new Map(
        [...row.versions].map(([number, version]) => [number, isUnfinished(version) ? version : undefined]),
      );
    },
    take: (id, versions) => take(rows, id, versions),
  });
  adopt(world, rows.events.slice(told));
};

/**
 * What the model expects from now on. People see what they saw before. Images that were deleted since the backup are back,
 * and their files are made again. No catalogue knows any more which addresses of them were published after the backup, so
 * these may get other bytes.
 */
const adopt = ({ model, rows, originals, variants }: World, events: readonly ImageEvent[]): void => {
  const { counts, gone } = model;
  const { images, accepted, published } = model.known;
  for (const [id, { deleted, visible }] of images) {
    const row = rows.images.get(id);
    if (!deleted && visible > 0 && (row?.deletedAt !== null || row.visible !== visible))
      throw new Violation('a restore keeps what people see', `${id} shows ${row?.visible}, not ${visible}`);
  }
  images.clear();
  for (const status of Object.keys(counts)) counts[status as keyof typeof counts] = 0;
  for (const [id, row] of rows.images) {
    const versions = new Map<number, KnownVersion>();
    const deleted = row.deletedAt !== null;
    for (const [number, asked] of row.versions) {
      versions.set(number, { status: asked.status, asked, charges: asked.attempts });
      counts.issued++;
      counts[deleted ? 'deleted' : asked.status]++;
      if (asked.status === 'ready') for (const [key] of filesOf(asked)) if (!variants.read(key)) gone.add(key);
    }
    const owed = events.filter((event) => event.id === id);
    if (deleted && row.purgedAt === null) owed.push({ type: 'image.purged', id, at: 0 });
    images.set(id, { versions, deleted, visible: row.visible, told: [], owed });
  }
  for (const key of accepted.keys()) if (!originals.read(key)) accepted.delete(key);
  for (const key of published.keys()) {
    const ref = parseStoredKey(key);
    const isReady = ref && images.get(ref.id)?.versions.get(ref.version)?.status === 'ready';
    if (!isReady && !variants.read(key)) published.delete(key);
  }
};

const refill = <K, V>(map: Map<K, V>, from: ReadonlyMap<K, V>): void => {
  map.clear();
  for (const [key, value] of from) map.set(key, value);
};

/** The same as `lib/adapters/local/rebuilt-catalogue.ts`. */
const take = ({ images, events }: Rows, id: string, versions: readonly Version[]): void => {
  const [first] = versions;
  if (!first) return;
  const row = images.get(id) ?? {
    image: { id, collection: null, filename: null, createdAt: first.createdAt },
    ...{ newest: 0, visible: 0, versions: new Map(), since: new Map(), progress: 0, progressAttempt: 0 },
    ...{ deletedAt: null, purgedAt: null, late: false, isClosed: false },
  };
  images.set(id, row);
  for (const one of versions) {
    const event = row.versions.has(one.version) && eventOf(one);
    if (event) events.push(event);
    row.versions.set(one.version, one);
    if (isUnfinished(one)) row.since.set(one.version, one.updatedAt);
    else row.since.delete(one.version);
    row.newest = Math.max(row.newest, one.version);
    if (one.status === 'ready') row.visible = Math.max(row.visible, one.version);
  }
};
