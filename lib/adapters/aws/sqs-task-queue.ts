import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueuedTask } from '../../contract/queue.ts';
import type { TaskQueue } from '../../ports.ts';

/** The queue to which S3 also sends its notifications. Lambda does the receiving. */
export const sqsTaskQueue = (sqs: SQSClient, queueUrl: string): TaskQueue => {
  const postpone: TaskQueue['postpone'] = async (handle, delayMs) => {
    const VisibilityTimeout = Math.min(longestSeconds, Math.ceil(delayMs / 1000));
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: handle, VisibilityTimeout }),
    );
  };
  return {
    send: async (task) => {
      const message: QueuedTask = task;
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
    },
    postpone,
    // SQS counts every receive, so `putBack` costs one. That is why many receives are allowed, and why a version does
    // not fail only because its message was set aside.
    putBack: postpone,
  };
};

/** SQS hides a message for twelve hours at most. */
const longestSeconds = 43_200;
