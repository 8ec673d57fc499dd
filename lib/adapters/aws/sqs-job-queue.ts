import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueMessage } from '../../messages.ts';
import type { JobQueue } from '../../ports.ts';

/** The queue that S3 also tells of new originals. Receiving is Lambda's business. */
export const sqsJobQueue = (sqs: SQSClient, queueUrl: string): JobQueue => {
  const postpone: JobQueue['postpone'] = async (receipt, delayMs) => {
    const VisibilityTimeout = Math.min(longestSeconds, Math.ceil(delayMs / 1000));
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt, VisibilityTimeout }),
    );
  };
  return {
    send: async (task) => {
      const message: QueueMessage = task;
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
    },
    postpone,
    // SQS counts every receive. That is why it may count many before a message is set aside, and why a version whose
    // message was set aside does not fail for that alone.
    putBack: postpone,
  };
};

/** SQS hides a message for twelve hours at most. */
const longestSeconds = 43_200;
