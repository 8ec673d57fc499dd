import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueMessage } from '../../messages.ts';
import type { JobQueue } from '../../ports.ts';

/** The queue that S3 also tells of new originals. Receiving is Lambda's business. */
export const sqsJobQueue = (sqs: SQSClient, queueUrl: string): JobQueue => ({
  send: async (task) => {
    const message: QueueMessage = task;
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
  },
  postpone: async (receipt, delayMs) => {
    const VisibilityTimeout = Math.min(longestSeconds, Math.ceil(delayMs / 1000));
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt, VisibilityTimeout }),
    );
  },
});

/** SQS hides a message for twelve hours at most. */
const longestSeconds = 43_200;
