import type { Ports } from '../ports.ts';

/**
 * Sees to it that the engine works on the lanes of every divided job. An engine that has ended before its lanes have is
 * started again; two at a time would only wait for each other's leases.
 */
export const runLanes = async ({ jobs, lanes }: Pick<Ports, 'jobs' | 'lanes'>): Promise<void> => {
  for await (const job of jobs.unfinished()) {
    const { id, divided, revision } = job;
    if (!divided) continue;
    if ((await lanes.start(id, divided.lanes, divided.runs)) === 'under way') continue;
    const runs = divided.runs + 1;
    if (await jobs.save({ ...job, divided: { ...divided, runs }, revision: revision + 1 }))
      await lanes.start(id, divided.lanes, runs);
  }
};
