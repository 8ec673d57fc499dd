import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../../lib/adapters/aws/document-client.ts';
import { presigning } from '../../../lib/adapters/aws/s3-ticket-office.ts';
import { table } from '../../../lib/adapters/aws/table.ts';
import { hashOfKey } from '../../../lib/core/api-keys.ts';
import type { ImageEvent } from '../../../lib/core/events.ts';
import type { RenderTask } from '../../../lib/ports.ts';

/** Clients for the AWS that the set-up started, and new, empty resources in it. */

export const settings = (endpoint = process.env.DARKROOM_TEST_AWS) => {
  if (endpoint === undefined) throw new Error('These tests need an AWS: run them by npm run test:aws.');
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
};

export const s3 = (url?: string) => new S3Client({ ...settings(url), forcePathStyle: true });
export const presigningS3 = () => new S3Client({ ...settings(), forcePathStyle: true, ...presigning });
export const dynamoClient = (url?: string) => new DynamoDBClient(settings(url));
export const secrets = (url?: string) => new SecretsManagerClient(settings(url));
export const dynamo = () => documentClient(dynamoClient());

export const newBucket = async (client: S3Client): Promise<string> => {
  const Bucket = `b-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
};

export const newTable = async (client: DynamoDBDocumentClient): Promise<string> => {
  const TableName = `t-${randomUUID()}`;
  const indexes = Object.values(table.indexes);
  const types = new Map<string, 'S' | 'N'>([
    [table.partitionKey, 'S'],
    [table.sortKey, 'S'],
    ...indexes.map(({ partitionKey }) => [partitionKey, 'S'] as const),
    ...indexes.map(({ sortKey, sortType }) => [sortKey, sortType] as const),
  ]);
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: keys(table.partitionKey, table.sortKey),
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keys(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    }),
  );
  return TableName;
};

export const eventsIn = async (client: DynamoDBDocumentClient, TableName: string): Promise<ImageEvent[]> => {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.flatMap((item) => (item.event?.S ? [JSON.parse(item.event.S) as ImageEvent] : [])).toSorted(
    (a, b) => a.at - b.at,
  );
};

export const newQueue = async () => {
  const sqs = new SQSClient(settings());
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: `q-${randomUUID()}`, Attributes: { VisibilityTimeout: '300' } }),
  );
  return {
    sqs,
    url: QueueUrl,
    receive: async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 }));
      const [message] = Messages;
      return message && { handle: message.ReceiptHandle ?? '', task: JSON.parse(message.Body ?? '') as RenderTask };
    },
    remove: async (handle: string) => {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle }));
    },
  };
};

/** Who may call the deployed API. */
export const keys = { test: 'a-key-of-this-test', older: 'an-older-key', judge: 'the-key-of-the-judge' } as const;

/** Makes these the keys of the API, and no others. */
export const acceptKeys = async (SecretId: string, keys: readonly string[]): Promise<void> => {
  const SecretString = JSON.stringify(keys.map(hashOfKey));
  await secrets().send(new PutSecretValueCommand({ SecretId, SecretString }));
};
