import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { blameFor, troubleOf } from '../core/trouble.ts';
import { type RenderOutcome, type RenderWorld, renderImage } from '../pipeline/render-image.ts';
import { type Repair, repairImage } from '../pipeline/repair-image.ts';
import { sampleImage } from '../pipeline/sample-image.ts';
import type { JobBook, JobQueue, Log, RenderTask } from '../ports.ts';
import { tasksIn } from './tasks-in.ts';

export type RenderHandlerWorld = RenderWorld & {
  readonly jobs: JobBook;
  readonly queue: JobQueue;
  readonly log: Log;
  /** Counts how tasks end. */
  readonly tally?: (outcome: TaskOutcome) => void;
};

/** What has arrived in the originals, one message after the other; a message that should come back is named in the answer. */
export const renderHandler =
  (world: RenderHandlerWorld) =>
  async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of event.Records)
      if (!(await workOff(world, record))) batchItemFailures.push({ itemIdentifier: record.messageId });
    return { batchItemFailures };
  };

/** True when the message is done with. */
const workOff = async (world: RenderHandlerWorld, record: SQSRecord): Promise<boolean> => {
  let done = true;
  for (const task of tasksIn(record.body, world.log)) {
    const outcome = await outcomeOf(world, task, receivesOf(record));
    report(world.log, task, outcome);
    world.tally?.(outcome);
    const back = comesBack(outcome, receivesOf(record), world.clock.now());
    if (!back) continue;
    done = false;
    await hideMessage(world, record.receiptHandle, back);
  }
  return done;
};

type Return = { readonly delayMs: number; readonly counts: boolean };

/** When the message comes back, and whether it was received in vain; undefined when it is done with. */
const comesBack = (outcome: TaskOutcome, receives: number, now: number): Return | undefined => {
  if (outcome.end === 'again') return { delayMs: backOffMs(outcome.attempt), counts: true };
  if (outcome.end === 'put-back') return { delayMs: machinePauseMs(receives), counts: false };
  if (outcome.end === 'leased') return { delayMs: outcome.until - now + 1000, counts: false };
  return undefined;
};

/** Where even this fails, the message comes back when its visibility timeout is over. */
const hideMessage = async ({ queue, log }: RenderHandlerWorld, receipt: string, back: Return): Promise<void> => {
  try {
    await (back.counts ? queue.postpone(receipt, back.delayMs) : queue.putBack(receipt, back.delayMs));
  } catch (error) {
    log.warn('a message could not be postponed', { error });
  }
};

const receivesOf = ({ attributes }: SQSRecord): number => Number(attributes.ApproximateReceiveCount);

export type TaskOutcome =
  | RenderOutcome
  | { readonly end: 'sampled' }
  | ({ readonly end: 'repaired' } & Partial<Repair>);

/** Trouble outside an attempt (the catalogue cannot be reached, say) sends the message back like trouble within. */
const outcomeOf = async (world: RenderHandlerWorld, task: RenderTask, receives: number): Promise<TaskOutcome> => {
  try {
    if ('render' in task) return await renderImage(world, task.render);
    if ('repair' in task) return { end: 'repaired', ...(await repairImage(world, task.repair)) };
    await sampleImage(world, task.sample);
    return { end: 'sampled' };
  } catch (cause) {
    const trouble = troubleOf(cause);
    return blameFor(trouble) === 'machine'
      ? { end: 'put-back', trouble, cause }
      : { end: 'again', attempt: receives, trouble, cause };
  }
};

const longestPauseMs = 15 * 60_000;

/** 1 s, 4 s, 16 s … */
const backOffMs = (attempt: number): number => Math.min(1000 * 4 ** (attempt - 1), longestPauseMs);

/** 10 s, 20 s, 40 s … where the queue counts this receive, as SQS does; the one-box home has a circuit breaker besides. */
const machinePauseMs = (receives: number): number => Math.min(10_000 * 2 ** (receives - 1), longestPauseMs);

const report = (log: Log, task: RenderTask, outcome: TaskOutcome): void => {
  if (outcome.end === 'again') log.warn('a task failed and will be repeated', { task, ...outcome });
  else if (outcome.end === 'failed') log.warn('a task failed for good', { task, ...outcome });
  else if (outcome.end === 'put-back')
    log.warn('a task was put back, for trouble that is not its own', { task, ...outcome });
  else if (outcome.end !== 'leased') log.info('a task came to its end', { task, ...outcome });
};
