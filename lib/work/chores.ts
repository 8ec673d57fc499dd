import { sweepMs, sweepShares } from '../core/sweeping.ts';
import { advanceJobs, type JobWorld } from '../pipeline/advance-job.ts';
import { auditRound } from '../pipeline/audit-round.ts';
import { type AuditWorld, auditHeld } from '../pipeline/audit-store.ts';
import { troubleApart } from '../pipeline/parts/trouble-apart.ts';
import { type PurgeWorld, purge } from '../pipeline/purge.ts';
import { runLanes } from '../pipeline/run-lanes.ts';
import { sweep } from '../pipeline/sweep.ts';
import type { ListShare, Ports } from '../ports.ts';
import { inTurn } from './in-turn.ts';
import { longestStuckMs, stuckVersions } from './stuck-versions.ts';

export const chores = ['sweep', 'purge', 'audit', 'jobs'] as const;
export type Chore = (typeof chores)[number];

/** The figures to count when a chore has ended. */
export type ChoreTally = {
  readonly chore: Chore;
  /** Tickets that were never used. */
  readonly expired?: number;
  /** Images that an audit left alone because too many are unknown to the catalogue. */
  readonly held?: number;
  /** How long the version has not moved that has waited longest, of those that are sent again. */
  readonly oldestMs?: number;
};

type ChoreWorld = JobWorld & AuditWorld & PurgeWorld & Pick<Ports, 'lanes' | 'turns' | 'notes' | 'log'>;
type ChoreOptions = {
  readonly pause: (ms: number) => Promise<void>;
  /** How many images of a job may be with the renderers at a time. */
  readonly pace: number;
  /** Also says that the clock is alive: an alarm goes off where a chore is not counted for long. */
  readonly tally: (tally: ChoreTally) => void;
};

const minuteMs = 60_000;

/**
 * The chores that the clock starts where no process runs all the time, one a call; `share` numbers those of a sweep, which
 * runs in `sweepShares` calls beside each other. Each is safe at any moment, even beside another run of itself. Two runs
 * would only waste places and calls, so a run ends at once if the one before still holds the lease.
 */
export const doChoreWith =
  (world: ChoreWorld, options: ChoreOptions) =>
  async (chore: Chore, share: number | undefined): Promise<void> => {
    const turn = share === undefined ? chore : `${chore}-${share}`;
    const done = await inTurn(world, turn, async () => {
      const { report, ...counts }: Done = await work[chore](world, options, shareOf(share));
      options.tally({ chore, ...counts });
      if (report) world.log.info(`chore done: ${chore}`, report);
      return true;
    });
    if (!done) world.log.info(`chore still under way: ${turn}`);
  };

/** Longer than a message may be on its way through the queue with all its receives, so that few are sent twice. */
const requeueAfterMs = 60 * minuteMs;

/** No parts are begun after it: those under way then have as long again until the function has to end. */
export const auditMs = 7 * minuteMs;

type Done = Omit<ChoreTally, 'chore'> & { readonly report?: Readonly<Record<string, number>> };

const work = {
  sweep: async (world, _, share) => {
    const stuck = stuckVersions();
    const until = world.clock.now() + sweepMs;
    const note = share === undefined ? 'stuck' : `stuck-${share.number}`;
    let oldestMs = 0;
    // Also after a sweep that ends in trouble: what it has sent again is in no list for hours.
    const report = await sweep(world, requeueAfterMs, { until, share, sentAgain: stuck.add }).finally(async () => {
      oldestMs = await longestStuckMs(world, note, stuck.all());
    });
    return { report, expired: report.expired, oldestMs };
  },
  audit: async (world) => {
    const report = await auditRound(world, world.clock.now() + auditMs);
    if (report.parts === 0) return { held: report.held };
    if (report.held > 0) world.log.error(auditHeld, report);
    return { report, held: report.held };
  },
  purge: async (world) => {
    const report = await purge(world);
    return report.purged + report.again + report.waiting > 0 ? { report } : {};
  },
  jobs: async (world, { pace, pause }) => {
    // The schedule calls once a minute; in between, bulk jobs go on here.
    const until = world.clock.now() + 50_000;
    await runLanes(world);
    const { attempt, rethrow } = troubleApart();
    while (await hasUnfinished(world)) {
      await attempt(() => advanceJobs(world, pace));
      if (world.clock.now() >= until) break;
      await pause(1000);
    }
    rethrow();
    return {};
  },
} as const satisfies Record<
  Chore,
  (world: ChoreWorld, options: ChoreOptions, share: ListShare | undefined) => Promise<Done>
>;

const hasUnfinished = async ({ jobs }: ChoreWorld): Promise<boolean> => {
  for await (const _ of jobs.unfinished()) return true;
  return false;
};

const shareOf = (number: number | undefined): ListShare | undefined =>
  number === undefined ? undefined : { number, of: sweepShares };
