import { type BulkJob, type JobOrder, withOrder } from '../core/bulk-job.ts';
import { Refusal } from '../core/errors.ts';
import type { Ports } from '../ports.ts';
import { findJob } from './find-job.ts';

const past = { pause: 'paused', resume: 'resumed', cancel: 'cancelled' } as const;

/** Pauses, resumes or cancels a job. A repeat changes nothing. */
export const steerJob = async (
  { jobs, clock }: Pick<Ports, 'jobs' | 'clock'>,
  id: string,
  order: JobOrder,
): Promise<BulkJob> => {
  // An optimistic update: the clock may save a slice of the job in between.
  for (;;) {
    const job = await findJob(jobs, id);
    const next = withOrder(job, order);
    if (!next) throw new Refusal('conflict', `This job is ${job.status}: it can no longer be ${past[order]}.`);
    if (next === job) return job;
    const saved = { ...next, revision: job.revision + 1, updatedAt: clock.now() };
    if (await jobs.save(saved)) return saved;
  }
};
