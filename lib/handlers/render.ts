import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Ports } from '../ports.ts';
import { hide, type Return, returnOf, type Work } from '../work/work.ts';
import { tasksIn } from './tasks-in.ts';

type World = Pick<Ports, 'queue' | 'clock' | 'log'>;

/** Batches of SQS messages to tasks, one after the other. The answer names the messages that should come back. */
export const renderHandler =
  (world: World, work: Work) =>
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of Records)
      if (!(await isDone(world, work, record))) batchItemFailures.push({ itemIdentifier: record.messageId });
    return { batchItemFailures };
  };

const isDone = async ({ queue, clock, log }: World, work: Work, record: SQSRecord): Promise<boolean> => {
  const receives = Number(record.attributes.ApproximateReceiveCount);
  let done = true;
  for (const task of tasksIn(record.body, log)) {
    const back = returnOf(await work(task, receives), receives, clock.now());
    if (!back) continue;
    done = false;
    await hideQuietly({ queue, log }, record.receiptHandle, back);
  }
  return done;
};

/** If even this fails, the message comes back when its visibility timeout is over. */
const hideQuietly = async ({ queue, log }: Omit<World, 'clock'>, handle: string, back: Return): Promise<void> => {
  try {
    await hide(queue, handle, back);
  } catch (error) {
    log.warn('a message could not be postponed', { error });
  }
};
