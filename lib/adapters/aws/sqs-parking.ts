import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ImageEvent } from '../../core/events.ts';

/** Keeps events whole in a queue, from which they come back as messages. */
export const sqsParking =
  (sqs: SQSClient, queueUrl: string) =>
  async (event: ImageEvent): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event) }));
  };
