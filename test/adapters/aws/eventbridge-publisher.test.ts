import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventbridgePublisher } from '../../../lib/adapters/aws/eventbridge-publisher.ts';
import { notificationOf } from '../../../lib/contract/events.ts';
import type { ImageEvent } from '../../../lib/core/events.ts';

const ours = { bus: 'ours', deployment: 'Darkroom-Images', tableArn: 'arn:aws:dynamodb:eu-central-1:1:table/t' };

type Entry = {
  EventBusName: string;
  Resources: string[];
  Source: string;
  DetailType: string;
  Detail: string;
  Time: number;
};

let server: Server;
let bus: EventBridgeClient;
let calls: Entry[][];
let refused: readonly string[];

/** As much of EventBridge as takes events or refuses them. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { Entries }: { Entries: Entry[] } = JSON.parse(body);
    calls.push(Entries);
    const answers = Entries.map(({ Detail }) =>
      refused.includes(JSON.parse(Detail).data.id) ? { ErrorCode: 'ThrottlingException' } : { EventId: '1' },
    );
    response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify({ Entries: answers }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  bus = new EventBridgeClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
});
afterAll(async () => {
  bus.destroy();
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});
beforeEach(() => {
  calls = [];
  refused = [];
});

const id = (index: number) => String.fromCharCode(97 + index).repeat(26);
const events = (count: number): ImageEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'image.ready',
    id: id(index),
    version: 1,
    at: 1_790_000_000_000,
  }));

test('an event bus gets the same as a webhook, and whose event it is', async () => {
  const [event] = events(1);
  if (!event) throw new Error('no event');
  expect(await eventbridgePublisher(bus, ours)([event])).toEqual({ published: 1 });
  const [[entry] = []] = calls;
  expect(entry).toMatchObject({
    EventBusName: 'ours',
    Source: 'darkroom',
    DetailType: 'image.ready',
    Resources: [ours.tableArn],
    Time: 1_790_000_000,
  });
  expect(JSON.parse(entry?.Detail ?? '')).toEqual({ ...notificationOf(event), deployment: 'Darkroom-Images' });
});

test('an event bus gets at most ten events at a time', async () => {
  expect(await eventbridgePublisher(bus, ours)(events(23))).toEqual({ published: 23 });
  expect(calls.map((entries) => entries.length)).toEqual([10, 10, 3]);
});

test('what the bus did not take, and all that follows, counts as not published', async () => {
  refused = [id(12)];
  expect(await eventbridgePublisher(bus, ours)(events(23))).toEqual({ published: 12, refused: 'for now' });
  expect(calls).toHaveLength(2);
});

test('a later event of an image waits for the earlier ones, which a bus may refuse within a call', async () => {
  const [first, other] = events(2);
  if (!first || !other) throw new Error('no events');
  const later = { ...first, version: 2 } as ImageEvent;
  expect(await eventbridgePublisher(bus, ours)([other, first, later, other])).toEqual({ published: 4 });
  expect(calls.map((entries) => entries.map(({ Detail }) => JSON.parse(Detail).data))).toEqual([
    [
      { id: other.id, version: 1 },
      { id: first.id, version: 1 },
    ],
    [
      { id: first.id, version: 2 },
      { id: other.id, version: 1 },
    ],
  ]);
  calls = [];
  refused = [first.id];
  expect(await eventbridgePublisher(bus, ours)([first, later])).toEqual({ published: 0, refused: 'for now' });
  expect(calls).toHaveLength(1);
});
