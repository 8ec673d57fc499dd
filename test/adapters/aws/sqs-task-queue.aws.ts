import { sqsTaskQueue } from '../../../lib/adapters/aws/sqs-task-queue.ts';
import { taskQueueContract } from '../../contracts/task-queue.ts';
import { newQueue } from '../../system/aws/emulated.ts';

taskQueueContract('An SQS queue', async () => {
  const { sqs, url, receive, remove } = await newQueue();
  return { queue: sqsTaskQueue(sqs, url), receive, remove, close: async () => sqs.destroy() };
});
