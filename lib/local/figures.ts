import type { Database } from '../adapters/local/database.ts';
import { imageCounts } from '../adapters/local/image-counts.ts';
import { waitingIn } from '../adapters/local/waiting.ts';
import type { Status } from '../core/image.ts';
import type { Clock, Figures } from '../ports.ts';
import { figureStepMs, type LastHour, lastHour } from './last-hour.ts';
import { orNothing } from './or-nothing.ts';
import type { StorageSizes } from './storage-sizes.ts';

export type HostFiguresNeeds = {
  readonly database: Database;
  readonly clock: Clock;
  /** Never adjusted; the queue notes its times by it. */
  readonly steady: Clock;
  readonly sizes: StorageSizes;
  readonly workers: () => { readonly alive: () => number };
  readonly count: number;
  readonly keepFreeBytes: number;
  /** The least free space of the disks that the data folder is on. */
  readonly freeBytes: () => Promise<number>;
};

/** What happens is counted here as it happens. */
export type HostFigures = Figures &
  Pick<LastHour, 'ready' | 'failed' | 'answered'> & {
    readonly rendered: (cost: { readonly wallMs: number; readonly cpuMs: number }) => void;
    /** Notes the length of the queue. */
    readonly sample: () => Promise<void>;
  };

/** The figures of the one-box home, of this run of the service: kept in memory, for an hour. */
export const hostFigures = (world: HostFiguresNeeds): HostFigures => {
  const { database, clock, steady, sizes, count, keepFreeBytes } = world;
  const hour = lastHour(steady);
  const since = clock.now();
  let [renders, cpuMs] = [0, 0];
  const look = waitingIn(database);
  const waiting = () => orNothing(look);

  return {
    ready: hour.ready,
    failed: hour.failed,
    answered: hour.answered,
    rendered: (cost) => {
      renders++;
      cpuMs += cost.cpuMs;
      hour.rendered(cost.wallMs);
    },
    sample: async () => {
      const found = await waiting();
      if (found) hour.waiting(found.count);
    },
    recent: async (minutes) => {
      const { agoMs, series } = hour.series(minutes);
      const [queue, images, freeBytes] = await Promise.all([
        waiting(),
        orNothing(() => imageCounts(database)),
        orNothing(world.freeBytes),
      ]);
      const now = clock.now();
      return {
        to: now - agoMs,
        stepMs: figureStepMs,
        series,
        queue: queue && {
          tasks: queue.count,
          oldestMs: queue.oldestUpload === undefined ? undefined : Math.max(0, steady.now() - queue.oldestUpload),
        },
        renders: { since, count: renders, cpuMs: renders > 0 ? cpuMs / renders : undefined, dollars: undefined },
        images: images && (Object.fromEntries(images) as Partial<Record<Status, number>>),
        storedBytes: sizes.known(),
        disk: freeBytes === undefined ? undefined : { freeBytes, keptFreeBytes: keepFreeBytes },
        renderers: { alive: world.workers().alive(), wanted: count },
      };
    },
  };
};
