import type { S3Event, SQSEvent } from 'aws-lambda';
import type { Received } from '../adapters/local/sqlite-task-queue.ts';
import type { QueueMessage } from '../messages.ts';

/** The events that AWS would send, in its own shapes. */

export const sqsEvent = ({ id, receipt, body, receives }: Received): SQSEvent => ({
  Records: [
    {
      messageId: String(id),
      receiptHandle: receipt,
      body,
      attributes: {
        ApproximateReceiveCount: String(receives),
        SentTimestamp: '0',
        SenderId: 'darkroom',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:local:000000000000:darkroom',
      awsRegion: 'local',
    },
  ],
});

type Record = S3Event['Records'][number];

export const objectCreated = (key: string): QueueMessage => ({
  Records: [
    {
      eventName: 'ObjectCreated:Put',
      s3: { object: { key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+') } },
    } satisfies Pick<Record, 'eventName'> & { s3: { object: Pick<Record['s3']['object'], 'key'> } },
  ],
});
