import { presetName } from '../core/admission.ts';
import { type Budget, type BulkJob, newBulkJob, type Selection } from '../core/bulk-job.ts';
import { idBytes, idFrom } from '../core/ids.ts';
import type { Claim, Ports } from '../ports.ts';
import { checkBudget } from './parts/check-budget.ts';
import { refuseAnotherRequest } from './parts/refuse-another-request.ts';

type World = Pick<Ports, 'jobs' | 'clock' | 'chance' | 'config' | 'dollarsOf'>;
type Request = {
  readonly selection: Selection;
  readonly preset?: string | undefined;
  readonly dryRun: boolean;
  readonly budget?: Budget | undefined;
};

/** Adds a bulk job; `advanceJob` does the work. Each call makes a new job; with a claim a repeat makes none. */
export const startJob = async (
  world: World,
  { selection, preset, dryRun, budget }: Request,
  claim?: Claim,
): Promise<BulkJob> => {
  const { jobs, clock, chance, config } = world;
  if (preset !== undefined) presetName(config, preset);
  checkBudget(world, budget);
  const id = idFrom(chance.bytes(idBytes));
  const { job, fingerprint } = await jobs.add(
    newBulkJob({ id, selection, preset: preset ?? null, dryRun, budget: budget ?? null }, clock.now()),
    claim,
  );
  refuseAnotherRequest({ fingerprint }, claim);
  return job;
};
