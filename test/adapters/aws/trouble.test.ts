import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { clientOptions } from '../../../lib/adapters/aws/client-options.ts';
import { closeDeletion } from '../../../lib/adapters/aws/close-deletion.ts';
import { documentClient } from '../../../lib/adapters/aws/document-client.ts';
import { dynamodbCatalogue } from '../../../lib/adapters/aws/dynamodb-catalogue.ts';
import { eventbridgePublisher } from '../../../lib/adapters/aws/eventbridge-publisher.ts';
import { readItems } from '../../../lib/adapters/aws/read-items.ts';
import { s3ObjectStore } from '../../../lib/adapters/aws/s3-object-store.ts';
import { sqsTaskQueue } from '../../../lib/adapters/aws/sqs-task-queue.ts';

type Reply = { readonly status: number | 'silence'; readonly body?: object | string };

/** A service that gives these answers, one after the other, and the last one from then on. */
const serviceThatSays = async (...replies: readonly Reply[]) => {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const { status, body = '' } = replies[Math.min(seen.length, replies.length - 1)] ?? { status: 500 };
    seen.push(await textOf(request));
    if (status === 'silence') return;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const settings = {
    ...clientOptions,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  return {
    seen,
    settings,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const awsError = (type: string, more: object = {}): Reply => ({ status: 400, body: { __type: type, ...more } });
const cancelled = (...codes: string[]): Reply =>
  awsError('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });
const id = 'a'.repeat(26);

describe('Trouble with S3', () => {
  test.each([500, 503, 429])('that passes (%i) is not noticed', async (status) => {
    await using service = await serviceThatSays({ status }, { status }, { status: 200, body: 'found' });
    const store = s3ObjectStore(new S3Client({ ...service.settings, forcePathStyle: true }), 'bucket');
    expect(Buffer.from((await store.get('images/x')) ?? []).toString()).toBe('found');
    expect(service.seen).toHaveLength(3);
  });

  test('that stays is told after four attempts', async () => {
    await using service = await serviceThatSays({ status: 503 });
    const store = s3ObjectStore(new S3Client({ ...service.settings, forcePathStyle: true }), 'bucket');
    await expect(store.get('images/x')).rejects.toThrow();
    expect(service.seen).toHaveLength(clientOptions.maxAttempts);
  });

  test('that is silence is told as well, and not waited for for ever', async () => {
    await using service = await serviceThatSays({ status: 'silence' });
    const hurried = {
      ...service.settings,
      maxAttempts: 2,
      requestHandler: { ...clientOptions.requestHandler, requestTimeout: 100 },
    };
    const store = s3ObjectStore(new S3Client({ ...hurried, forcePathStyle: true }), 'bucket');
    await expect(store.head('images/x')).rejects.toThrow();
  });

  test('in the middle of a removal is told, with what was not removed', async () => {
    const body = '<DeleteResult><Error><Key>images/x</Key><Code>AccessDenied</Code></Error></DeleteResult>';
    await using service = await serviceThatSays({ status: 200, body });
    const store = s3ObjectStore(new S3Client({ ...service.settings, forcePathStyle: true }), 'bucket');
    await expect(store.remove(['images/x'])).rejects.toThrow('AccessDenied images/x');
  });
});

describe('Trouble with the table', () => {
  const open = (settings: object) =>
    dynamodbCatalogue(documentClient(new DynamoDBClient(settings)), 'table', { eventDays: 30 });

  test.each(['ThrottlingException', 'ProvisionedThroughputExceededException'])(
    'that passes (%s) is not noticed',
    async (type) => {
      await using service = await serviceThatSays(awsError(type), { status: 200, body: {} });
      expect(await open(service.settings).find(id)).toBeUndefined();
      expect(service.seen).toHaveLength(2);
    },
  );

  test('that stays is told', async () => {
    await using service = await serviceThatSays(awsError('ThrottlingException'));
    await expect(open(service.settings).find(id)).rejects.toThrow();
    expect(service.seen).toHaveLength(clientOptions.maxAttempts);
  });

  test('of two transactions that met is settled by trying again', async () => {
    const met = cancelled('TransactionConflict', 'None');
    await using service = await serviceThatSays(met, met, { status: 200, body: {} });
    expect(await open(service.settings).remove(id, 1)).toMatchObject({ id, deletedAt: 1 });
    expect(service.seen).toHaveLength(3);
  });

  test('is not what a refused condition is', async () => {
    await using service = await serviceThatSays(cancelled('ConditionalCheckFailed', 'None'));
    expect(await open(service.settings).remove(id, 1)).toBeUndefined();
    expect(service.seen).toHaveLength(1);
  });

  test('that no other attempt would help is told at once', async () => {
    await using service = await serviceThatSays(cancelled('ValidationError', 'None'));
    await expect(open(service.settings).remove(id, 1)).rejects.toThrow();
    expect(service.seen).toHaveLength(1);
  });

  test('makes a hint of progress get lost, and only that', async () => {
    const attempt = { id, version: 1, attempt: 1 };
    await using busy = await serviceThatSays(awsError('TransactionConflictException'));
    await expect(open(busy.settings).report(attempt, 0.5)).resolves.toBeUndefined();
    await using denied = await serviceThatSays(awsError('AccessDeniedException'));
    await expect(open(denied.settings).report(attempt, 0.5)).rejects.toThrow();
  });

  test('that leaves reads undone is met by asking for the rest', async () => {
    const stored = (pk: string) => ({ pk: { S: pk }, sk: { S: 'image' }, name: { S: pk } });
    await using service = await serviceThatSays(
      {
        status: 200,
        body: {
          Responses: { table: [stored('b')] },
          UnprocessedKeys: { table: { Keys: [{ pk: { S: 'a' }, sk: { S: 'image' } }] } },
        },
      },
      { status: 200, body: { Responses: { table: [stored('a')] } } },
    );
    const dynamo = documentClient(new DynamoDBClient(service.settings));
    const items = await readItems(dynamo, 'table', [
      { pk: 'a', sk: 'image' },
      { pk: 'b', sk: 'image' },
    ]);
    expect(items.map((item) => item?.name)).toEqual(['a', 'b']);
  });
});

describe('A deletion of versions', () => {
  const asStored = (name: string) => ({ pk: { S: `image#${name}` }, sk: { S: 'v1' } });
  const listed = { status: 200, body: { Items: [asStored('a')] } };
  const undone = { status: 200, body: { UnprocessedItems: { table: [{ DeleteRequest: { Key: asStored('a') } }] } } };

  test('that is left undone is asked for again', async () => {
    await using service = await serviceThatSays(
      listed,
      undone,
      undone,
      { status: 200, body: {} },
      { status: 200, body: {} },
    );
    await expect(
      closeDeletion(documentClient(new DynamoDBClient(service.settings)), 'table', 'a'),
    ).resolves.toBeUndefined();
    expect(service.seen).toHaveLength(5);
  });
});

describe('Trouble with the queue', () => {
  test('is told when a message cannot be sent', async () => {
    await using service = await serviceThatSays({ status: 503 });
    const queue = sqsTaskQueue(new SQSClient(service.settings), `${service.settings.endpoint}/q`);
    await expect(queue.send({ render: { id, version: 1 } })).rejects.toThrow();
  });
});

describe('Trouble with the bus', () => {
  /** Each of another image, because two events of one image never share a call. */
  const event = (at: number) =>
    ({ type: 'image.ready', id: `${id.slice(1)}${'abcdefghijkl'[at]}`, version: 1, at }) as const;
  const destination = { bus: 'default', deployment: 'Darkroom-Images', tableArn: 'arn:aws:dynamodb:::table/t' };

  test.each([
    ['ThrottlingException', 'for now'],
    ['InternalFailure', 'for now'],
    ['MalformedDetail', 'for good'],
    ['NotAuthorizedForSource', 'for good'],
  ])('counts the events up to the first that the bus did not take, and says that %s is %s', async (code, refused) => {
    const Entries = [{ EventId: '1' }, { ErrorCode: code }, { EventId: '3' }];
    await using service = await serviceThatSays({ status: 200, body: { FailedEntryCount: 1, Entries } });
    const publish = eventbridgePublisher(new EventBridgeClient(service.settings), destination);
    expect(await publish([event(1), event(2), event(3)])).toEqual({ published: 1, refused });
  });

  test('is none when there is nothing to tell', async () => {
    await using service = await serviceThatSays({ status: 500 });
    expect(await eventbridgePublisher(new EventBridgeClient(service.settings), destination)([])).toEqual({
      published: 0,
    });
    expect(service.seen).toEqual([]);
  });

  test('does not stop at ten events, which is all that one call may tell', async () => {
    const reply = (count: number): Reply => ({
      status: 200,
      body: { Entries: Array.from({ length: count }, () => ({ EventId: 'x' })) },
    });
    await using service = await serviceThatSays(reply(10), reply(2));
    const publish = eventbridgePublisher(new EventBridgeClient(service.settings), destination);
    expect(await publish(Array.from({ length: 12 }, (_, at) => event(at)))).toEqual({ published: 12 });
    expect(service.seen).toHaveLength(2);
  });
});

describe('A copy in S3', () => {
  const [one, other] = ['one', 'other'].map((text) => createHash('sha256').update(text).digest('base64'));
  const copied = (sha256 = '') => ({
    status: 200,
    body: `<CopyObjectResult><ETag>"e"</ETag>${sha256 && `<ChecksumSHA256>${sha256}</ChecksumSHA256>`}</CopyObjectResult>`,
  });
  const [from, to] = [`images/${id}/v1/640w.avif`, `images/${id}/v2/640w.avif`] as const;

  test.each<[string, boolean, number, readonly Reply[]]>([
    ['is right by the digest of the answer, without another call', true, 1, [copied(one)]],
    ['is wrong by the digest of the answer, without another call', false, 1, [copied(other)]],
    ['is read where the answer has no digest, and is right', true, 2, [copied(), { status: 200, body: 'one' }]],
    ['is read where the answer has no digest, and is wrong', false, 2, [copied(), { status: 200, body: 'other' }]],
    ['of nothing is none', false, 1, [{ status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' }]],
  ])('%s', async (_, isRight, calls, replies) => {
    await using service = await serviceThatSays(...replies);
    const store = s3ObjectStore(new S3Client({ ...service.settings, forcePathStyle: true }), 'bucket');
    expect(await store.copy(from, to, one ?? '')).toBe(isRight);
    expect(service.seen).toHaveLength(calls);
  });

  test('from a bucket that is not there is trouble', async () => {
    await using service = await serviceThatSays({ status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' });
    const store = s3ObjectStore(new S3Client({ ...service.settings, forcePathStyle: true }), 'bucket');
    await expect(store.copy(from, to, one ?? '')).rejects.toThrow();
  });
});
