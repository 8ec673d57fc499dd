import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import config from '../darkroom.config.ts';
import { imageItem } from '../lib/adapters/aws/catalogue-items.ts';
import { clientOptions } from '../lib/adapters/aws/client-options.ts';
import { documentClient } from '../lib/adapters/aws/document-client.ts';
import { dynamodbCatalogue } from '../lib/adapters/aws/dynamodb-catalogue.ts';
import { s3ObjectStore } from '../lib/adapters/aws/s3-object-store.ts';
import { openVersion, shardKeys, table } from '../lib/adapters/aws/table.ts';
import { idBytes, idFrom } from '../lib/core/ids.ts';
import { newVersion } from '../lib/core/image.ts';
import { shippedPresets } from '../lib/core/presets.ts';
import { sweep } from '../lib/pipeline/sweep.ts';

// The processor that a sweep takes for one unused ticket, with the real adapters and SDK: node bench/sweep.ts
// What stands in for S3 and DynamoDB is a process of its own that answers at once.

const tickets = 5000;
const now = 1_790_000_000_000;
const name = 'table';

type Stored = Readonly<Record<string, { readonly S?: string }>>;

const itemOf = (at: number): Stored => {
  const id = idFrom(createHash('sha256').update(String(at)).digest().subarray(0, idBytes));
  const original = { contentType: 'image/jpeg', bytes: 4_000_000, sha256: null, width: null, height: null } as const;
  const settings = { preset: shippedPresets.web, keepCopyright: false };
  const createdAt = now - 100 * 3600_000 + at;
  const draft = { id, version: 1, source: 1, preset: 'web', settings, original, expiresAt: createdAt + 900_000 };
  const item = imageItem({ id, collection: null, filename: null, createdAt }, newVersion(draft, createdAt), 'bench');
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) => (value === undefined ? [] : [[name, stored(value)]])),
  );
};

/** As DynamoDB writes a value in JSON. */
const stored = (value: unknown) => {
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
  return typeof value === 'number' ? { N: String(value) } : { S: String(value) };
};

/** Knows the first tickets, each time it is asked. No original has arrived, and every write succeeds. */
const standIn = async (): Promise<void> => {
  const items = new Map(Array.from({ length: tickets }, (_, at) => itemOf(at)).map((item) => [item.pk?.S, item]));
  const { partitionKey } = table.indexes.open;
  const shards = new Map(
    shardKeys(openVersion).map((key) => [key, [...items.values()].filter((item) => item[partitionKey]?.S === key)]),
  );
  const answers: Readonly<Record<string, (asked: Asked) => unknown>> = {
    Query: ({ ExpressionAttributeValues, ExclusiveStartKey, Limit = 100 }) => {
      const all = shards.get(ExpressionAttributeValues?.[':partition']?.S ?? '') ?? [];
      const from = Number(ExclusiveStartKey?.at?.N ?? 0);
      const more = from + Limit < all.length && { LastEvaluatedKey: { at: { N: String(from + Limit) } } };
      return { Items: all.slice(from, from + Limit), ...more };
    },
    BatchGetItem: ({ RequestItems }) => ({
      Responses: { [name]: RequestItems?.[name]?.Keys.map(({ pk }) => items.get(pk.S)) },
      UnprocessedKeys: {},
    }),
    TransactWriteItems: () => ({}),
  };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === 'HEAD') return response.writeHead(404).end();
    const answer = answers[String(request.headers['x-amz-target']).split('.')[1] ?? ''];
    return response
      .setHeader('content-type', 'application/x-amz-json-1.0')
      .end(JSON.stringify(answer?.(JSON.parse(body))));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.(server.address());
};
type Text = { readonly S: string };
type Asked = {
  readonly ExpressionAttributeValues?: Readonly<Record<string, Text>>;
  readonly ExclusiveStartKey?: { readonly at?: { readonly N: string } };
  readonly Limit?: number;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly { readonly pk: Text }[] }>>;
};

const measure = async (): Promise<void> => {
  const child = fork(import.meta.filename, ['stand-in']);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const settings = {
    ...clientOptions,
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  const objects = s3ObjectStore(new S3Client({ ...settings, forcePathStyle: true }), 'bucket');
  const catalogue = dynamodbCatalogue(documentClient(new DynamoDBClient(settings)), name, { eventDays: 30 });
  const world = {
    catalogue: { ...catalogue, async *openDeletions() {} },
    originals: objects,
    variants: objects,
    queue: { send: async () => undefined, postpone: async () => undefined, putBack: async () => undefined },
    clock: { now: () => now },
    config,
  };
  for (let round = 0; round < 4; round++) {
    const [cpu, wall] = [process.cpuUsage(), Date.now()];
    const { expired } = await sweep(world, 3600_000);
    const { user, system } = process.cpuUsage(cpu);
    const each = (user + system) / 1000 / expired;
    process.stdout.write(
      `${expired} tickets: ${each.toFixed(2)} ms of a processor each, ${Date.now() - wall} ms in all\n`,
    );
  }
  child.kill();
};

await (process.argv[2] === 'stand-in' ? standIn() : measure());
