import { blameFor, troubleOf } from '../core/trouble.ts';
import { type AttemptOptions, type RenderOutcome, type RenderWorld, renderImage } from '../pipeline/render-image.ts';
import { type Repair, repairImage } from '../pipeline/repair-image.ts';
import { sampleImage } from '../pipeline/sample-image.ts';
import type { Log, Ports, RenderTask, TaskQueue } from '../ports.ts';

type WorkWorld = RenderWorld & Pick<Ports, 'jobs' | 'log'>;
type WorkOptions = AttemptOptions & {
  /** Counts how tasks end. */
  readonly tally?: (outcome: TaskOutcome) => void;
};

export type TaskOutcome =
  | RenderOutcome
  | { readonly end: 'sampled' }
  | ({ readonly end: 'repaired' } & Partial<Repair>);

export type Work = (task: RenderTask, receives: number) => Promise<TaskOutcome>;

/** Does one task; the queue does not matter. It never rejects: trouble is an outcome too. Doing it twice is safe. */
export const workWith =
  (world: WorkWorld, options: WorkOptions = {}): Work =>
  async (task, receives) => {
    const outcome = await outcomeOf(world, options, task, receives);
    report(world.log, task, outcome);
    options.tally?.(outcome);
    return outcome;
  };

/**
 * Trouble outside an attempt (the catalogue cannot be reached, say) sends the task back like trouble within. There are no
 * attempts to count then, so the receives of its message are the tries.
 */
const outcomeOf = async (
  world: WorkWorld,
  options: WorkOptions,
  task: RenderTask,
  receives: number,
): Promise<TaskOutcome> => {
  try {
    if ('render' in task) return await renderImage(world, task.render, options);
    if ('repair' in task) return { end: 'repaired', ...(await repairImage(world, task.repair)) };
    await sampleImage(world, task.sample);
    return { end: 'sampled' };
  } catch (cause) {
    const trouble = troubleOf(cause);
    return blameFor(trouble) === 'machine'
      ? { end: 'put-back', trouble, cause }
      : { end: 'again', tries: receives, trouble, cause };
  }
};

const report = (log: Log, task: RenderTask, outcome: TaskOutcome): void => {
  if (outcome.end === 'again') log.warn('a task failed and will be repeated', { task, ...outcome });
  else if (outcome.end === 'failed') log.warn('a task failed for good', { task, ...outcome });
  else if (outcome.end === 'put-back' && outcome.trouble === 'turn') log.info('a task waits for its turn', { task });
  else if (outcome.end === 'put-back')
    log.warn('a task was put back after trouble of the machine', { task, ...outcome });
  else if (outcome.end !== 'leased') log.info('a task came to its end', { task, ...outcome });
};

/** When a task comes back to its queue, and whether the receive counts. */
export type Return = { readonly delayMs: number; readonly counts: boolean };

/** Undefined when the task is done and can leave its queue. */
export const returnOf = (outcome: TaskOutcome, receives: number, now: number): Return | undefined => {
  if (outcome.end === 'again') return { delayMs: backOffMs(outcome.tries), counts: true };
  if (outcome.end === 'put-back') return { delayMs: machinePauseMs(receives), counts: false };
  if (outcome.end === 'leased') return { delayMs: outcome.until - now + 1000, counts: false };
  return undefined;
};

/** Hides a message until its task comes back. */
export const hide = (queue: TaskQueue, handle: string, { counts, delayMs }: Return): Promise<void> =>
  counts ? queue.postpone(handle, delayMs) : queue.putBack(handle, delayMs);

const longestPauseMs = 15 * 60_000;

/** Exponential back-off: 1 s, 4 s, 16 s … */
const backOffMs = (tries: number): number => Math.min(1000 * 4 ** (tries - 1), longestPauseMs);

/** 10 s, 20 s, 40 s … where the queue counts this receive, as SQS does; the one-box home has a circuit breaker instead. */
const machinePauseMs = (receives: number): number => Math.min(10_000 * 2 ** (receives - 1), longestPauseMs);
