import {
  type BulkJob,
  isOpen,
  laneId,
  maxListedFailures,
  maxSamples,
  newBulkJob,
  roomOf,
  type Sample,
} from '../../core/bulk-job.ts';
import type { Ports } from '../../ports.ts';

type World = Pick<Ports, 'jobs' | 'catalogue' | 'dollarsOf'>;

/** Divides a job, which begins again with counting. A lane that is there already is kept, so a repeat is harmless. */
export const divide = async ({ jobs, catalogue }: World, job: BulkJob): Promise<BulkJob> => {
  const { selection, preset, dryRun, createdAt } = job;
  const lanes = catalogue.partitions;
  for (const part of Array(lanes).keys()) {
    const id = laneId(job.id, part);
    if (!(await jobs.find(id))) await jobs.add(newBulkJob({ id, selection, preset, dryRun, part }, createdAt));
  }
  const nothing = { position: null, total: 0, spread: { stride: 1, ids: [] } };
  return { ...job, ...nothing, divided: { lanes, open: lanes, runs: 0, allowances: null } };
};

/** A lane as its job wants it now: running or not, and with its share of the budget. */
export const laneOf = (job: BulkJob, lane: BulkJob): BulkJob => {
  const allowance = job.divided?.allowances?.[lane.part ?? 0] ?? lane.handed;
  const financed = { ...lane, budget: job.budget && { images: allowance } };
  if (lane.status === 'done') return financed;
  if (job.status !== 'running') return { ...financed, status: job.status, pausedBecause: job.pausedBecause };
  const waits = lane.pausedBecause === 'budget-used' && roomOf(financed, undefined) < 1;
  return waits ? financed : { ...financed, status: 'running', pausedBecause: null };
};

/** A divided job as the sum of its lanes; it ends with the last of them, and shares out its budget again. */
export const gather = async (world: World, job: BulkJob): Promise<BulkJob> => {
  const { divided } = job;
  if (!divided) return job;
  const stored = await Promise.all(
    [...Array(divided.lanes).keys()].map((part) => world.jobs.find(laneId(job.id, part))),
  );
  const lanes = stored.flatMap((lane) => (lane ? [laneOf(job, lane)] : []));
  const sum = summed(job, lanes);
  if (job.status !== 'running') return sum;
  if (lanes.every(({ status }) => status === 'done'))
    return job.dryRun ? withSamples(sum, lanes) : { ...sum, status: 'done' };
  return job.budget && lanes.every(isSettled) ? shareOut(world, sum, lanes) : sum;
};

const summed = (job: BulkJob, lanes: readonly BulkJob[]): BulkJob => {
  const of = (count: 'total' | 'done' | 'failed' | 'skipped' | 'handed') =>
    lanes.reduce((sum, lane) => sum + lane[count], 0);
  const taken = (what: keyof Sample) => lanes.reduce((sum, lane) => sum + lane.taken[what], 0);
  return {
    ...job,
    stage: lanes.some(({ stage }) => stage === 'counting') ? 'counting' : 'working',
    total: of('total'),
    done: of('done'),
    failed: of('failed'),
    skipped: of('skipped'),
    handed: of('handed'),
    taken: { ms: taken('ms'), bytes: taken('bytes'), files: taken('files') },
    failures: lanes.flatMap(({ failures }) => failures).slice(0, maxListedFailures),
    divided: job.divided && { ...job.divided, open: lanes.filter(isOpen).length },
  };
};

/** The lanes of a dry run only count; then the job itself takes its samples, some of each lane. */
const withSamples = (job: BulkJob, lanes: readonly BulkJob[]): BulkJob => {
  const ids = lanes.flatMap(({ spread }) => spread.ids);
  const stride = Math.ceil(ids.length / maxSamples);
  const sampled = ids.filter((_, at) => at % stride === 0);
  return { ...job, stage: 'waiting', divided: null, underWay: sampled.map((id) => ({ id, version: 0 })) };
};

/** Whether a lane has nothing under way and will do nothing before its share of the budget grows. */
const isSettled = ({ status, pausedBecause, underWay }: BulkJob): boolean =>
  underWay.length === 0 && (status === 'done' || pausedBecause === 'budget-used');

/**
 * Shares what is left of the budget among the lanes that have images left. Only while all of them wait, so that none can
 * take more meanwhile than was counted. The less is known of what an image costs, the less is shared out at once.
 */
const shareOut = ({ dollarsOf }: World, job: BulkJob, lanes: readonly BulkJob[]): BulkJob => {
  const known = job.budget?.dollars === undefined ? Number.POSITIVE_INFINITY : Math.max(job.handed, maxSamples);
  const room = Math.min(roomOf(job, dollarsOf), known);
  if (room < 1) return { ...job, status: 'paused', pausedBecause: 'budget-used' };
  const waiting = lanes.filter(({ status }) => status !== 'done');
  const allowances = lanes.map((lane) => {
    const at = waiting.indexOf(lane);
    if (at === -1) return lane.handed;
    return lane.handed + Math.floor(room / waiting.length) + (at < room % waiting.length ? 1 : 0);
  });
  return { ...job, divided: job.divided && { ...job.divided, allowances } };
};
