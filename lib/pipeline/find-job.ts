import type { BulkJob } from '../core/bulk-job.ts';
import { Refusal } from '../core/errors.ts';
import type { BulkJobs } from '../ports.ts';

export const findJob = async (jobs: BulkJobs, id: string): Promise<BulkJob> => {
  const job = await jobs.find(id);
  if (!job) throw new Refusal('not-found', 'There is no job with this id.');
  return job;
};
