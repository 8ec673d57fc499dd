import { presetName } from '../core/admission.ts';
import { type BulkJob, newBulkJob, type Selection } from '../core/bulk-job.ts';
import type { Config } from '../core/config.ts';
import { Refusal } from '../core/errors.ts';
import { idBytes, idFrom } from '../core/ids.ts';
import type { BulkJobs, Chance, Claim, Clock } from '../ports.ts';
import { refuseAnotherRequest } from './issue-ticket.ts';

type World = { jobs: BulkJobs; clock: Clock; chance: Chance; config: Config };
type Request = { readonly selection: Selection; readonly preset?: string | undefined; readonly dryRun: boolean };

/** Adds a bulk job; `advanceJob` does the work. Each call makes a new job; with a claim a repeat makes none. */
export const startJob = async (
  world: World,
  { selection, preset, dryRun }: Request,
  claim?: Claim,
): Promise<BulkJob> => {
  const { jobs, clock, chance, config } = world;
  if (preset !== undefined) presetName(config, preset);
  const id = idFrom(chance.bytes(idBytes));
  const { job, fingerprint } = await jobs.add(
    newBulkJob({ id, selection, preset: preset ?? null, dryRun }, clock.now()),
    claim,
  );
  refuseAnotherRequest({ fingerprint }, claim);
  return job;
};

export const findJob = async (jobs: BulkJobs, id: string): Promise<BulkJob> => {
  const job = await jobs.find(id);
  if (!job) throw new Refusal('not-found', 'There is no job with this id.');
  return job;
};
