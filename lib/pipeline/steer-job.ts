import { type Budget, type BulkJob, type JobOrder, roomOf, withOrder } from '../core/bulk-job.ts';
import { Refusal } from '../core/errors.ts';
import type { Ports } from '../ports.ts';
import { findJob } from './find-job.ts';
import { checkBudget } from './parts/check-budget.ts';

const past = { pause: 'paused', resume: 'resumed', cancel: 'cancelled' } as const;

type World = Pick<Ports, 'jobs' | 'clock' | 'dollarsOf'>;

/** Pauses, resumes or cancels a job; it may be resumed with another budget. A repeat changes nothing. */
export const steerJob = async (world: World, id: string, order: JobOrder, budget?: Budget): Promise<BulkJob> => {
  const { jobs, clock } = world;
  checkBudget(world, budget);
  // An optimistic update: the clock may save a slice of the job in between.
  for (;;) {
    const job = await findJob(jobs, id);
    const next = withOrder(job, order);
    if (!next) throw new Refusal('conflict', `This job is ${job.status}: it can no longer be ${past[order]}.`);
    if (next === job && budget === undefined) return job;
    const financed = budget ? withBudget(next, budget) : next;
    if (order === 'resume' && job.pausedBecause === 'budget-used' && roomOf(financed, world.dollarsOf) < 1)
      throw new Refusal('conflict', 'The budget of this job is used up. Resume it with a higher one.');
    const saved = { ...financed, revision: job.revision + 1, updatedAt: clock.now() };
    if (await jobs.save(saved)) return saved;
  }
};

/** The lanes of a divided job stop where they are until the new budget is shared out. */
const withBudget = (job: BulkJob, budget: Budget): BulkJob => ({
  ...job,
  budget,
  handedAtBudget: (budget.dollars ?? 0) > (job.budget?.dollars ?? 0) ? job.handed : job.handedAtBudget,
  divided: job.divided && { ...job.divided, allowances: null },
});
