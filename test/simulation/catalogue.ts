import { type BulkJob, isOpen } from '../../lib/core/bulk-job.ts';
import { deletionEvent, eventOf, type ImageEvent, purgeEvent } from '../../lib/core/events.ts';
import {
  type Image,
  isLegalMove,
  isUnfinished,
  type Ready,
  type Unfinished,
  type Version,
} from '../../lib/core/image.ts';
import type { Added, BulkJobs, Catalogue, Claim, ListQuery, NewImage, Tombstone, Turns } from '../../lib/ports.ts';
import type { JobPromises } from './job-promises.ts';

type Row = {
  image: NewImage;
  newest: number;
  visible: number;
  readonly versions: Map<number, Version>;
  /** When each open version counts as moved. */
  readonly since: Map<number, number>;
  progress: number;
  progressAttempt: number;
  deletedAt: number | null;
  purgedAt: number | null;
  late: boolean;
  isClosed: boolean;
};

export type CatalogueWatcher = {
  readonly added: (image: string, version: Version) => void;
  readonly moved: (from: Version, to: Version) => void;
  readonly removed: (id: string) => void;
  readonly seen: (id: string, found: Image | undefined) => void;
};

/** The rows, and every change to them that is one transaction. */
export type Rows = {
  readonly images: Map<string, Row>;
  readonly claims: Map<string, Added & { readonly expiresAt: number }>;
  readonly events: ImageEvent[];
  readonly watcher: CatalogueWatcher;
};

export const emptyRows = (watcher: CatalogueWatcher): Rows => ({
  images: new Map(),
  claims: new Map(),
  events: [],
  watcher,
});

type Call = <T>(what: string, effect: () => T) => Promise<T>;

/** `isStale`: whether an index lacks a late change; asked for each of its entries. */
export type Staleness = (updatedAt: number) => boolean;

/** The port, for one caller, over rows that are values: a row is never changed after it was read. */
export const catalogueOf = (rows: Rows, call: Call, isStale: Staleness = () => false): Catalogue => {
  const { images, claims, events, watcher } = rows;
  const living = (id: string): Row | undefined => {
    const row = images.get(id);
    return row && row.deletedAt === null ? row : undefined;
  };
  const claimed = (claim: Claim | undefined, at: number): Added | undefined => {
    const before = claim && claims.get(claim.key);
    if (!before || before.expiresAt <= at) return undefined;
    const { id, version, fingerprint } = before;
    return { id, version, fingerprint };
  };
  const keep = (claim: Claim | undefined, added: Added): void => {
    if (claim) claims.set(claim.key, { ...added, expiresAt: claim.expiresAt });
  };
  const file = (row: Row, version: Version): void => {
    row.versions.set(version.version, version);
    if (isUnfinished(version)) row.since.set(version.version, version.updatedAt);
    else row.since.delete(version.version);
  };
  const addEvent = (event: ImageEvent | undefined): void => {
    if (event) events.push(event);
  };

  const isMoved = (to: Version): boolean => {
    const row = living(to.id);
    const from = row?.versions.get(to.version);
    if (!row || !from || from.revision !== to.revision - 1) return false;
    if (!isLegalMove(from.status, to.status))
      throw new Error(`A version cannot move from ${from.status} to ${to.status}.`);
    watcher.moved(from, to);
    file(row, to);
    if (row.newest === to.version) row.progress = 0;
    if (to.status === 'ready') row.visible = Math.max(row.visible, to.version);
    addEvent(eventOf(to));
    return true;
  };

  return {
    add: (image, first, claim) =>
      call(`add ${image.id}`, () => {
        const before = claimed(claim, first.createdAt);
        if (before) return before;
        if (images.has(image.id)) throw new Error(`There is an image with the id ${image.id} already.`);
        const row: Row = {
          image,
          ...{
            newest: first.version,
            visible: 0,
            versions: new Map(),
            since: new Map(),
            progress: 0,
            progressAttempt: 0,
          },
          ...{ deletedAt: null, purgedAt: null, late: false, isClosed: false },
        };
        images.set(image.id, row);
        file(row, first);
        const added = { id: image.id, version: first.version, fingerprint: claim?.fingerprint ?? null };
        keep(claim, added);
        watcher.added(image.id, first);
        return { ...added, made: first };
      }),

    addVersion: ({ id, draft, claim, changes = {}, after }) =>
      call(`add a version of ${id}`, () => {
        const row = living(id);
        if (!row) return 'no-image';
        const next = draft(row.newest + 1);
        const before = claimed(claim, next.createdAt);
        if (before) return before;
        if (after !== undefined && after !== row.newest) return 'not-newest';
        row.image = { ...row.image, ...changes };
        row.newest = next.version;
        row.progress = 0;
        row.progressAttempt = 0;
        file(row, next);
        const added = { id, version: next.version, fingerprint: claim?.fingerprint ?? null };
        keep(claim, added);
        watcher.added(id, next);
        return { ...added, made: next };
      }),

    find: (id) =>
      call(`find ${id}`, () => {
        const row = living(id);
        const found = row && imageOf(row);
        if (images.has(id)) watcher.seen(id, found);
        return found;
      }),

    version: (id, version) => call(`read ${id} v${version}`, () => living(id)?.versions.get(version)),

    move: (to) => call(`move ${to.id} v${to.version} to ${to.status}`, () => isMoved(to)),

    // Not one transaction: a process may end between any two of them.
    moveAll: async (all) => {
      let moved = 0;
      for (const to of all)
        if (await call(`move ${to.id} v${to.version} to ${to.status} with others`, () => isMoved(to))) moved++;
      return moved;
    },

    report: ({ id, version, attempt }, progress) =>
      call(`report ${id} v${version}`, () => {
        const row = living(id);
        const isCurrent = row?.newest === version && row.versions.get(version)?.status === 'processing';
        if (!row || !isCurrent || row.progressAttempt > attempt) return;
        row.progress = progress;
        row.progressAttempt = attempt;
      }),

    partitions: 1,
    list: (query) =>
      call('list images', () => {
        const found = [...images.values()].filter((row) => row.deletedAt === null && belongs(row, query));
        const newest = found.sort((a, b) => (isNewer(a.image, b.image) ? -1 : 1));
        const sorted = query.order === 'oldest' ? newest.toReversed() : newest;
        const items = sorted.slice(0, query.limit).map(imageOf);
        const last = items.at(-1);
        return {
          items,
          next: sorted.length > query.limit && last ? { createdAt: last.createdAt, id: last.id } : undefined,
        };
      }),

    async *unfinished(unmovedSince, share) {
      if (share && share.number > 0) return;
      const found = await call('list unfinished', () => {
        const open: { readonly version: Unfinished; readonly since: number }[] = [];
        for (const row of images.values())
          if (row.deletedAt === null && row.since.size > 0)
            for (const [number, since] of row.since) {
              const version = row.versions.get(number);
              if (version && isUnfinished(version) && since <= unmovedSince && !isStale(version.updatedAt))
                open.push({ version, since });
            }
        return open.sort((a, b) => a.since - b.since);
      });
      for (const { version } of found) yield version;
    },

    noteRequeued: ({ id, version }, asOf) =>
      call(`note ${id} v${version} as requeued`, () => {
        const row = images.get(id);
        if (row?.since.has(version)) row.since.set(version, asOf);
      }),

    remove: (id, at) =>
      call(`remove ${id}`, () => {
        const row = living(id);
        if (!row) return undefined;
        watcher.removed(id);
        row.deletedAt = at;
        addEvent(deletionEvent(id, at));
        return { id, deletedAt: at, purgedAt: null, late: false };
      }),

    async *openDeletions() {
      yield* await call('list tombstones', () => {
        const found: Tombstone[] = [];
        for (const [id, { deletedAt, purgedAt, late, isClosed }] of images)
          if (deletedAt !== null && !isClosed && !isStale(deletedAt)) found.push({ id, deletedAt, purgedAt, late });
        return found;
      });
    },

    notePurged: (id, at) =>
      call(`note ${id} as purged`, () => {
        const row = images.get(id);
        if (!row || row.deletedAt === null || row.purgedAt !== null) return;
        row.purgedAt = at;
        addEvent(purgeEvent(id, at));
      }),

    noteLate: (id) =>
      call(`note ${id} as late`, () => {
        const row = images.get(id);
        if (row && row.deletedAt !== null) row.late = true;
      }),

    closeDeletion: (id) =>
      call(`close the deletion of ${id}`, () => {
        const row = images.get(id);
        if (row && row.deletedAt !== null) row.isClosed = true;
      }),
  };
};

const imageOf = ({ image, newest: number, visible, versions, progress }: Row): Image => {
  const newest = versions.get(number) as Version;
  return {
    ...image,
    updatedAt: newest.updatedAt,
    newest,
    progress: newest.status === 'ready' ? 1 : progress,
    visible: (versions.get(visible) as Ready | undefined) ?? null,
  };
};

const belongs = ({ image, newest, versions }: Row, { collection, statuses, order, after }: ListQuery): boolean =>
  (collection === undefined || image.collection === collection) &&
  (statuses === undefined || statuses.some((status) => versions.get(newest)?.status === status)) &&
  (after === undefined || (order === 'oldest' ? isNewer(image, after) : isNewer(after, image)));

const isNewer = (a: Pick<NewImage, 'createdAt' | 'id'>, b: Pick<NewImage, 'createdAt' | 'id'>): boolean =>
  a.createdAt > b.createdAt || (a.createdAt === b.createdAt && a.id > b.id);

export type JobRows = {
  readonly jobs: Map<string, BulkJob>;
  readonly claims: Map<string, { readonly id: string; readonly fingerprint: string; readonly expiresAt: number }>;
};
export const emptyJobRows = (): JobRows => ({ jobs: new Map(), claims: new Map() });

export const jobsOf = ({ jobs, claims }: JobRows, call: Call, promises?: JobPromises): BulkJobs => ({
  add: (job, claim) =>
    call(`add job ${job.id}`, () => {
      const before = claim && claims.get(claim.key);
      const first = before && before.expiresAt > job.createdAt ? jobs.get(before.id) : undefined;
      if (before && first) return { job: first, fingerprint: before.fingerprint };
      jobs.set(job.id, job);
      if (claim) claims.set(claim.key, { ...claim, id: job.id });
      return { job, fingerprint: claim?.fingerprint ?? null };
    }),
  find: (id) => call(`find job ${id}`, () => jobs.get(id)),
  save: (job) =>
    call(`save job ${job.id}`, () => {
      const before = jobs.get(job.id);
      if (before?.revision !== job.revision - 1) return false;
      promises?.saved(before, job);
      jobs.set(job.id, job);
      return true;
    }),
  list: ({ limit, after }) =>
    call('list all jobs', () => {
      const sorted = [...jobs.values()]
        .filter((job) => job.part === null && (!after || isNewer(after, job)))
        .sort((a, b) => (isNewer(a, b) ? -1 : 1));
      const items = sorted.slice(0, limit);
      const last = items.at(-1);
      return { items, next: sorted.length > limit && last ? { createdAt: last.createdAt, id: last.id } : undefined };
    }),
  async *unfinished() {
    yield* await call('list jobs', () => [...jobs.values()].filter((job) => job.part === null && isOpen(job)));
  },
});

/** Leases on chores; `isShared` lets two hold the same one. */
export const turnsOf = (leases: Map<string, number>, call: Call, isShared: () => boolean): Turns => ({
  take: (name, now, until) =>
    call(`take the turn of ${name}`, () => {
      if ((leases.get(name) ?? 0) > now && !isShared()) return false;
      leases.set(name, until);
      return true;
    }),
  giveBack: (name, until) =>
    call(`give the turn of ${name} back`, () => {
      if (leases.get(name) === until) leases.set(name, 0);
    }),
});
