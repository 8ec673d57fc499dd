import { whenFree } from '../adapters/local/busy.ts';
import { forgetClaims } from '../adapters/local/database.ts';
import { type PruneBefore, prune } from '../adapters/local/prune.ts';
import { owesPurge } from '../adapters/local/sqlite-catalogue.ts';
import type { SqliteTaskQueue } from '../adapters/local/sqlite-task-queue.ts';
import type { Config } from '../core/config.ts';
import type { Instant } from '../core/image.ts';
import { advanceJobs, type JobWorld } from '../pipeline/advance-job.ts';
import { auditHeld, auditStore, letterOfHour } from '../pipeline/audit-store.ts';
import { sweep } from '../pipeline/sweep.ts';
import type { Ports } from '../ports.ts';
import { endDeadTask } from '../work/dead-task.ts';
import type { Clocks } from './clocks.ts';
import type { Home } from './home.ts';
import { figureStepMs } from './last-hour.ts';
import { patientPurge } from './patient-purge.ts';
import { emptyTrash, removingIntoTrash } from './trash.ts';

export type ClockworkNeeds = Home &
  Clocks &
  JobWorld &
  Pick<Ports, 'edge' | 'log'> & {
    readonly queue: SqliteTaskQueue;
    /** How many images of a bulk job may be with the renderers at a time. */
    readonly pace: number;
    readonly reportTrouble: () => Promise<void>;
    readonly forgetEvents: () => Promise<void>;
    readonly measureStores: () => Promise<void>;
    readonly sampleFigures: () => Promise<void>;
  };

const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

/** Starts the chores that are repeated by the clock. Returns a function that stops them. */
export const startClockwork = (world: ClockworkNeeds): (() => void) => {
  const { log } = world;
  const timers = [
    every(1000, log, () => endDeadTasks(world)),
    every(1000, log, world.reportTrouble),
    every(1000, log, advancingJobs(world)),
    every(1000, log, patientPurge({ ...world, clock: world.forward, isOwed: owesPurge(world.database) })),
    // Twice in each step, so that none is left out.
    every(figureStepMs / 2, log, world.sampleFigures),
    every(minuteMs, log, async () => log.info('swept', await sweep({ ...world, clock: world.late }, 10 * minuteMs))),
    every(minuteMs, log, world.forgetEvents),
    every(60 * minuteMs, log, () => tidyUp(world)),
    every(60 * minuteMs, log, () => audit(world)),
    // At once, and then once a day: it looks at every file.
    every(0, log, world.measureStores, dayMs),
  ];
  return () => {
    for (const stop of timers) stop();
  };
};

/**
 * A job keeps only as many images with the renderers as its pace allows, so the next ones have to follow soon: small
 * pictures are made in some hundredths of a second.
 */
const advancingJobs = (world: ClockworkNeeds) => async (): Promise<number> =>
  (await advanceJobs(world, world.pace)) ? 100 : 1000;

const endDeadTasks = async (world: ClockworkNeeds): Promise<void> => {
  const { queue } = world;
  for (;;) {
    const dead = await queue.receiveDead(minuteMs);
    if (!dead) return;
    await endDeadTask(world, dead.task);
    const { handle } = dead;
    await queue.remove(handle);
  }
};

const tidyUp = async ({ database, originals, variants, clock, config, log }: ClockworkNeeds): Promise<void> => {
  await whenFree(() => forgetClaims(database, clock.now()));
  log.info('pruned', await whenFree(() => prune(database, pruneBefore(config.retention, clock.now()))));
  // No PUT takes a day: its ticket ends long before.
  await originals.tidy(clock.now() - dayMs);
  await variants.tidy(clock.now() - dayMs);
};

const audit = async (world: ClockworkNeeds): Promise<void> => {
  const { clock, config, log } = world;
  const report = await auditStore(removingIntoTrash(world), letterOfHour(clock.now()));
  log.info('audited', report);
  if (report.held > 0) log.error(auditHeld, report);
  await emptyTrash(world, clock.now() - config.retention.trashDays * dayMs);
};

const pruneBefore = (retention: Config['retention'], now: Instant): PruneBefore => ({
  // Not before an audit has seen that nothing is stored for it.
  expired: now - Math.max(retention.expiredDays, retention.orphanDays + 2) * dayMs,
  tombstones: now - retention.tombstoneDays * dayMs,
  jobs: now - retention.jobDays * dayMs,
});

/**
 * One run at a time: the next waits for the one before. An error is logged, and the next run is the retry. Work may say
 * itself after how many milliseconds it wants to run again.
 */
const every = (
  ms: number,
  log: Ports['log'],
  work: () => Promise<number | undefined> | Promise<void>,
  nextMs = ms,
): (() => void) => {
  let timer = setTimeout(run, ms);
  let stopped = false;
  async function run() {
    let waitMs = nextMs;
    try {
      waitMs = (await work()) ?? nextMs;
    } catch (error) {
      log.error('clock work failed', { error });
    }
    if (!stopped) timer = setTimeout(run, waitMs);
  }
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
};
