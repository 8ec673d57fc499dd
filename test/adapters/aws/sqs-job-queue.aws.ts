import { sqsJobQueue } from '../../../lib/adapters/aws/sqs-job-queue.ts';
import { newQueue } from '../../aws/emulated.ts';
import { jobQueueContract } from '../../contracts/job-queue.ts';

jobQueueContract('An SQS queue', async () => {
  const { sqs, url, receive, remove } = await newQueue();
  return { queue: sqsJobQueue(sqs, url), receive, remove, close: async () => sqs.destroy() };
});
