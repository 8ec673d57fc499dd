import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { itemsOfPage, tableCopy } from '../lib/adapters/aws/ceilings.ts';
import { documentClient } from '../lib/adapters/aws/document-client.ts';
import { copyMissingItems } from '../lib/adapters/aws/restore.ts';

// The processor that `npm run restore` takes to copy one item of a table, with the real SDK: node bench/copy-table.ts
// What stands in for DynamoDB is a process of its own that answers at once. It has no TLS.

const pagesOfSegment = 2;

/** As DynamoDB writes it in JSON: as large as the item of an image that is ready. */
const itemOf = (at: number) => ({
  pk: { S: `image#${at}` },
  sk: { S: 'image' },
  inAll: { S: 'images#0' },
  inStatus: { S: 'ready#0' },
  position: { S: `0001790000000000#${at}` },
  status: { S: 'ready' },
  revision: { N: '3' },
  newestVersion: { N: '1' },
  body: { B: randomBytes(1600).toString('base64') },
});

type Asked = { readonly Segment?: number; readonly ExclusiveStartKey?: { readonly page: { readonly N: string } } };

const standIn = async (): Promise<void> => {
  const Items = Array.from({ length: itemsOfPage }, (_, at) => itemOf(at));
  const scan = ({ ExclusiveStartKey }: Asked) => {
    const page = Number(ExclusiveStartKey?.page.N ?? 1);
    return { Items, ...(page < pagesOfSegment && { LastEvaluatedKey: { page: { N: String(page + 1) } } }) };
  };
  const server = createServer(async (request, response) => {
    const asked = await text(request);
    const isScan = String(request.headers['x-amz-target']).endsWith('.Scan');
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(isScan ? JSON.stringify(scan(JSON.parse(asked))) : '{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.(server.address());
};

const measure = async (): Promise<void> => {
  const child = fork(import.meta.filename, ['stand-in']);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const items = tableCopy.segments * pagesOfSegment * itemsOfPage;
  for (let round = 0; round < 3; round++) {
    const [cpu, wall] = [process.cpuUsage(), Date.now()];
    const copied = await copyMissingItems(documentClient(client), 'backup', 'live');
    const { user, system } = process.cpuUsage(cpu);
    const each = (user + system) / 1000 / items;
    process.stdout.write(
      `${copied} items: ${each.toFixed(2)} ms of a processor each, ${Date.now() - wall} ms in all\n`,
    );
  }
  child.kill();
};

await (process.argv[2] === 'stand-in' ? standIn() : measure());
