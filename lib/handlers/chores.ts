import * as z from 'zod';
import { advanceJobs, type JobWorld } from '../pipeline/advance-job.ts';
import { type AuditWorld, auditStore, letterOfHour } from '../pipeline/audit-store.ts';
import { type PurgeWorld, purge } from '../pipeline/purge.ts';
import { sweep } from '../pipeline/sweep.ts';
import type { Log } from '../ports.ts';

type World = JobWorld &
  AuditWorld &
  PurgeWorld & {
    readonly log: Log;
    readonly pause: (ms: number) => Promise<void>;
    /** How many images of a job may be with the renderers at a time. */
    readonly pace: number;
    /** Counts tickets that nobody used. */
    readonly tallyExpired: (count: number) => void;
  };

export const chores = ['sweep', 'purge', 'audit', 'jobs'] as const;
export type Chore = (typeof chores)[number];
export type ChoreOrder = { readonly chore: Chore };
const order = z.object({ chore: z.enum(chores) });

/** What the clock sees to, one chore a call. Each is safe at any moment, also beside another call of itself. */
export const choresHandler =
  (world: World) =>
  async (event: unknown): Promise<void> => {
    const { chore } = order.parse(event);
    const report = await work[chore](world);
    if (report) world.log.info(`chore done: ${chore}`, report);
  };

const minuteMs = 60_000;
/** Longer than a message may be on its way through the queue with all its receives, so that few are sent twice. */
const patienceMs = 60 * minuteMs;

const work = {
  sweep: async (world) => {
    const report = await sweep(world, patienceMs);
    world.tallyExpired(report.expired);
    return report;
  },
  purge: async (world) => {
    const report = await purge(world);
    return report.purged + report.again + report.waiting > 0 ? report : undefined;
  },
  audit: (world) => auditStore(world, letterOfHour(world.clock.now())),
  jobs: async (world) => {
    // The clock strikes once a minute; until it does again, a job goes on here.
    const until = world.clock.now() + 50_000;
    while (await hasUnfinished(world)) {
      await advanceJobs(world, world.pace);
      if (world.clock.now() >= until) break;
      await world.pause(1000);
    }
    return undefined;
  },
} as const satisfies Record<Chore, (world: World) => Promise<object | undefined>>;

const hasUnfinished = async ({ jobs }: World): Promise<boolean> => {
  for await (const _ of jobs.unfinished()) return true;
  return false;
};
