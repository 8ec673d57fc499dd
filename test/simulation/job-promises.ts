import type { BulkJob } from '../../lib/core/bulk-job.ts';
import { Violation } from './scheduler.ts';

/** What an operator may see of bulk jobs, beside the images that they make again. */
export type JobPromises = {
  /** A slice or an order was stored. */
  readonly saved: (from: BulkJob, to: BulkJob) => void;
  /** An order was answered with this job; undefined if it is not known whether it was taken. */
  readonly answered: (id: string, job: BulkJob | undefined) => void;
  /** An older catalogue knows nothing of the orders since. */
  readonly forgotten: () => void;
  readonly settled: (jobs: Iterable<BulkJob>) => void;
};

export const jobPromises = (): JobPromises => {
  const told = new Map<string, BulkJob['status'] | undefined>();
  /** The revision that an order made of a job that ran. The slice that began before it may still say what it has begun. */
  const stopped = new Map<string, number>();
  return {
    saved: (from, to) => {
      const hasEnded = from.status === 'cancelled' || from.status === 'done';
      if (hasEnded && to.status !== from.status)
        throw new Violation('a job that has ended stays as it is', `${from.id} is ${to.status} after ${from.status}`);
      const before = new Set(from.underWay.map(({ id, version }) => `${id}/v${version}`));
      const handedOver = to.underWay.filter(({ id, version }) => !before.has(`${id}/v${version}`));
      const mayBeBefore = from.status === 'running' || stopped.get(from.id) === from.revision;
      if (to.status !== from.status && to.status !== 'done' && mayBeBefore) stopped.set(to.id, to.revision);
      if (!mayBeBefore && handedOver.length > 0)
        throw new Violation('a job that does not run begins nothing', `${from.id} is ${from.status}`);
    },
    answered: (id, job) => void told.set(id, job?.status),
    forgotten: () => told.clear(),
    settled: (jobs) => {
      for (const { id, status, underWay, done, failed, skipped, total } of jobs) {
        const wanted = told.get(id);
        if (wanted !== undefined && status !== (wanted === 'running' ? 'done' : wanted))
          throw new Violation('an order that was answered is kept', `${id} is ${status}, and should be ${wanted}`);
        if ((status === 'done' || status === 'cancelled') && underWay.length > 0)
          throw new Violation('a job that has ended waits for nothing', `${id} waits for ${underWay.length}`);
        if (status === 'done' && done + failed + skipped > total)
          throw new Violation('a job counts each image once', `${id} counts more than ${total}`);
      }
    },
  };
};
