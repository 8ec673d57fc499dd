import { type BulkJob, isOpen, laneId } from '../core/bulk-job.ts';
import { advanceJob, type JobWorld } from './advance-job.ts';
import { laneOf } from './parts/lanes.ts';

export type LaneRef = { readonly job: string; readonly part: number };

/**
 * Brings one lane of a divided job a slice further. Lanes share nothing, so they may run beside each other. Safe to run
 * twice, as `advanceJob` is. Resolves to whether the lane has something left to do now.
 */
export const advanceLane = async (world: JobWorld, { job: id, part }: LaneRef, pace: number): Promise<boolean> => {
  const { jobs } = world;
  const [job, lane] = await Promise.all([jobs.find(id), jobs.find(laneId(id, part))]);
  if (!job?.divided || !lane) return false;
  const steered: BulkJob = laneOf(job, lane);
  return isOpen(steered) && (isOpen(await advanceJob(world, steered, pace)) || job.status === 'running');
};
