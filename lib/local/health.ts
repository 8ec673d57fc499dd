import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../adapters/local/database.ts';
import { errorCode } from '../adapters/local/error-code.ts';
import { anyImageIn } from '../adapters/local/known-images.ts';
import { waitingIn } from '../adapters/local/waiting.ts';
import { Refusal } from '../core/errors.ts';
import type { Check } from '../core/health.ts';
import type { Clock, ObjectBucket } from '../ports.ts';
import { bucketCheck } from './bucket-check.ts';
import type { Disk } from './disk.ts';
import { databaseFile } from './home.ts';
import type { RenderWorkers } from './render-workers.ts';

export type HealthNeeds = {
  readonly data: string;
  readonly keepFreeBytes: number;
  readonly count: number;
  readonly queueSize: number;
  readonly database: Database;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly workers: Pick<RenderWorkers, 'alive'>;
  /** The bucket that holds the objects, if it is not the data folder. */
  readonly bucket?: ObjectBucket | undefined;
};

export type HostHealth = {
  readonly look: () => Promise<readonly Check[]>;
  /** Why uploads are refused right now; undefined if they are not. */
  readonly trouble: () => Promise<Refusal | undefined>;
};

const mebibyte = 1024 * 1024;
/** How long tickets and PUTs rely on a look at the disk that found nothing wrong. A look costs more than the rest of a ticket. */
const freshMs = 1000;
/** A fresh upload that waits longer says that the renderers do not keep up. It never ends for that: docs/decisions.md#no-queue-deadline */
const longWaitMs = 15 * 60_000;
const retryAfterSeconds = 30;

/**
 * The health checks of the one-box home: readiness (docs/decisions.md#readiness). Trouble is looked for again at each ticket,
 * each PUT and each look at health or metrics, so health returns as soon as the trouble is over.
 */
export const hostHealth = async (world: HealthNeeds): Promise<HostHealth> => {
  const database = databaseCheck(world);
  const queue = queueCheck(world);
  const place = placeChecks(world, await whereabouts(world.data));
  const bucket = world.bucket && bucketCheck(world.bucket, world.clock);
  const needed = async (ofPlace: Promise<readonly Check[]>) => [
    database(),
    ...(await ofPlace),
    ...(bucket ? [await bucket()] : []),
  ];
  return {
    look: async () => [...(await needed(place.look())), workersCheck(world), queue()],
    trouble: async () => {
      const failed = [...(await needed(place.recent())), queue()].find((check) => check.needed && !check.ok);
      return (
        failed &&
        new Refusal('unavailable', `Nothing can be uploaded right now: ${failed.detail}.`, { retryAfterSeconds })
      );
    },
  };
};

const databaseCheck = ({ database }: HealthNeeds): (() => Check) => {
  const anyImage = anyImageIn(database);
  return () => attempt('database', 'the database cannot be read', () => void anyImage());
};

/** The disk and the folder. `recent` shares a look with all who ask within a second, unless something was wrong. */
const placeChecks = (world: HealthNeeds, home: string) => {
  let last: { readonly at: number; readonly checks: Promise<readonly Check[]> } | undefined;
  const look = async (): Promise<readonly Check[]> => {
    const looked = { at: world.clock.now(), checks: Promise.all([diskCheck(world), folderCheck(world, home)]) };
    last = looked;
    const checks = await looked.checks;
    if (last === looked && !checks.every(({ ok }) => ok)) last = undefined;
    return checks;
  };
  const recent = () => (last && Math.abs(world.clock.now() - last.at) < freshMs ? last.checks : look());
  return { look, recent };
};

const attempt = (name: string, detail: string, work: () => void): Check => {
  try {
    work();
    return { name, ok: true, needed: true };
  } catch {
    return { name, ok: false, needed: true, detail };
  }
};

const diskCheck = async ({ disk, data, keepFreeBytes }: HealthNeeds): Promise<Check> => {
  const name = 'disk';
  try {
    const free = await leastFreeBytes(disk, data);
    const ok = free >= keepFreeBytes;
    const detail = `${Math.floor(free / mebibyte)} MB are free, and ${keepFreeBytes / mebibyte} MB are kept free`;
    return { name, ok, needed: true, detail };
  } catch {
    return { name, ok: false, needed: true, detail: 'the free space cannot be read' };
  }
};

/** Of the disks that the data folder is on. */
export const leastFreeBytes = async (disk: Disk, data: string): Promise<number> =>
  Math.min(...(await Promise.all(foldersOf(data).map((folder) => freeBytes(disk, folder)))));

/** Each may be a disk of its own. */
const foldersOf = (data: string): readonly string[] => [data, join(data, 'private'), join(data, 'public')];

const freeBytes = async (disk: Disk, folder: string): Promise<number> => {
  try {
    return await disk.freeBytes(folder);
  } catch (error) {
    // The stores make their folders when the first object comes.
    if (errorCode(error) === 'ENOENT') return Number.POSITIVE_INFINITY;
    throw error;
  }
};

const folderCheck = async ({ data }: HealthNeeds, home: string): Promise<Check> => {
  const ok = (await whereabouts(data)) === home;
  return {
    name: 'folder',
    ok,
    needed: true,
    ...(!ok && { detail: 'the data folder was moved or replaced while the service runs; put it back or start again' }),
  };
};

/** Identifies the folder and its database, in case others appear under the same names later. */
const whereabouts = async (data: string): Promise<string> => {
  const identity = async (path: string) => {
    try {
      const { dev, ino } = await stat(path);
      return `${dev}:${ino}`;
    } catch {
      return 'gone';
    }
  };
  return `${await identity(data)} ${await identity(join(data, databaseFile))}`;
};

const workersCheck = ({ workers, count }: HealthNeeds): Check => ({
  name: 'workers',
  ok: workers.alive() > 0,
  needed: false,
  detail:
    workers.alive() < count
      ? `${workers.alive()} of ${count} run; the others start again with the next picture`
      : `${workers.alive()} of ${count} run`,
});

/** Needed only when it is full: a long wait is no reason to refuse uploads. */
const queueCheck = ({ database, clock, queueSize }: HealthNeeds): (() => Check) => {
  const waiting = waitingIn(database);
  return () => {
    try {
      const { count, oldestUpload } = waiting();
      if (count >= queueSize)
        return {
          ...{ name: 'queue', ok: false, needed: true },
          detail: `${count} tasks wait, and at most ${queueSize} may`,
        };
      const waitedMs = oldestUpload === undefined ? 0 : clock.now() - oldestUpload;
      const detail =
        count === 0
          ? 'nothing waits'
          : `${count} waiting, the oldest upload for ${Math.max(0, Math.round(waitedMs / 1000))} seconds`;
      return { name: 'queue', ok: waitedMs <= longWaitMs, needed: false, detail };
    } catch {
      return { name: 'queue', ok: false, needed: false, detail: 'the queue cannot be read' };
    }
  };
};
