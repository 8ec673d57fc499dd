import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
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
    const outcome = await outcomeOf(world, task);
    report(world.log, task, outcome);
    world.tally?.(outcome);
    if (outcome.end === 'again') {
      done = false;
      await world.queue.postpone(record.receiptHandle, backOffMs(outcome.attempt));
    }
  }
  return done;
};

export type TaskOutcome =
  | RenderOutcome
  | { readonly end: 'sampled' }
  | ({ readonly end: 'repaired' } & Partial<Repair>);

/** Trouble outside an attempt (the catalogue cannot be reached, say) sends the message back like trouble within. */
const outcomeOf = async (world: RenderHandlerWorld, task: RenderTask): Promise<TaskOutcome> => {
  try {
    if ('render' in task) return await renderImage(world, task.render);
    if ('repair' in task) return { end: 'repaired', ...(await repairImage(world, task.repair)) };
    await sampleImage(world, task.sample);
    return { end: 'sampled' };
  } catch (cause) {
    return { end: 'again', attempt: 1, cause };
  }
};

const backOffMs = (attempt: number): number => 1000 * 4 ** (attempt - 1);

const report = (log: Log, task: RenderTask, outcome: TaskOutcome): void => {
  if (outcome.end === 'again') log.warn('a task failed and will be repeated', { task, ...outcome });
  else if (outcome.end === 'failed') log.warn('a task failed for good', { task, ...outcome });
  else log.info('a task came to its end', { task, ...outcome });
};
