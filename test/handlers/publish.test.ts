import { describe, expect, test } from '@jest/globals';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { ImageEvent } from '../../lib/core/events.ts';
import { publishHandler } from '../../lib/handlers/publish.ts';
import { sqsMessage } from '../support/sqs-message.ts';

const event = (version: number): ImageEvent => ({ type: 'image.ready', id: 'a'.repeat(26), version, at: 1 });

/** A record as Lambda's documentation of DynamoDB streams shows it, with a key of our table and what a test changes. */
const record = (
  sequence: number,
  image: Record<string, AttributeValue> = { event: { S: JSON.stringify(event(sequence)) } },
): DynamoDBRecord => {
  const Keys = { pk: { S: `event#${'a'.repeat(26)}` }, sk: { S: `${sequence}#image.ready` } };
  return {
    eventID: 'c4ca4238a0b923820dcc509a6f75849b',
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      Keys,
      NewImage: { ...Keys, ...image },
      ApproximateCreationDateTime: 1_428_537_600,
      SequenceNumber: String(sequence),
      SizeBytes: 26,
      StreamViewType: 'NEW_IMAGE',
    },
    eventSourceARN:
      'arn:aws:dynamodb:us-east-1:123456789012:table/ExampleTableWithStream/stream/2015-06-27T00:48:05.899',
  };
};
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

type Outcome = { readonly published: number; readonly refused?: 'for now' | 'for good' };

/** A bus that does with each list of events what it is asked to, and what became of the events. */
const listener = (
  answer: (events: readonly ImageEvent[]) => Outcome = (events) => ({ published: events.length }),
  now = 2,
) => {
  const published: ImageEvent[] = [];
  const parked: ImageEvent[] = [];
  const refused: number[] = [];
  const handle = publishHandler({
    publish: async (events) => {
      const outcome = answer(events);
      published.push(...events.slice(0, outcome.published));
      return outcome;
    },
    park: async (event) => void parked.push(event),
    tallyRefused: (count) => void refused.push(count),
    clock: { now: () => now },
    log: silent,
  });
  return { published, parked, refused, handle };
};
const refusing =
  (version: number, refused: 'for now' | 'for good') =>
  (events: readonly ImageEvent[]): Outcome => {
    const at = events.findIndex((one) => 'version' in one && one.version === version);
    return at < 0 ? { published: events.length } : { published: at, refused };
  };
const hourMs = 3600_000;

describe('Events of the stream', () => {
  test('are published in their order, all of them', async () => {
    const { published, handle } = listener();
    expect(await handle({ Records: [record(1), record(2)] })).toEqual({ batchItemFailures: [] });
    expect(published).toEqual([event(1), event(2)]);
  });

  test('come back from the first that the bus did not take, and are counted', async () => {
    const { published, parked, refused, handle } = listener(refusing(2, 'for now'));
    expect(await handle({ Records: [record(1), record(2), record(3)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }],
    });
    expect({ published, parked, refused }).toEqual({ published: [event(1)], parked: [], refused: [2] });
  });

  test('come back, all of them, when the bus cannot be asked', async () => {
    const { parked, refused, handle } = listener(() => {
      throw new Error('no way to the bus');
    });
    expect(await handle({ Records: [record(1), record(2)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
    expect({ parked, refused }).toEqual({ parked: [], refused: [2] });
  });

  test('pass one that is refused for itself, which is parked whole', async () => {
    const { published, parked, handle } = listener(refusing(2, 'for good'));
    expect(await handle({ Records: [record(1), record(2), record(3)] })).toEqual({ batchItemFailures: [] });
    expect({ published, parked }).toEqual({ published: [event(1), event(3)], parked: [event(2)] });
  });

  test('end with one that is parked without a question about none: the bus refuses an empty list', async () => {
    const asked: number[] = [];
    const { parked, handle } = listener((events) => {
      asked.push(events.length);
      return refusing(2, 'for good')(events);
    });
    expect(await handle({ Records: [record(1), record(2)] })).toEqual({ batchItemFailures: [] });
    expect({ parked, asked }).toEqual({ parked: [event(2)], asked: [2] });
  });

  test.each([
    [19, []],
    [21, [event(1), event(2)]],
  ])('that the bus has refused for %i hours are parked before the stream forgets them: %j', async (hours, expected) => {
    const { parked, handle } = listener(() => ({ published: 0, refused: 'for now' }), hours * hourMs);
    await handle({ Records: [record(1), record(2)] });
    expect(parked).toEqual(expected);
  });

  test('that are due are parked without another question when the bus cannot be asked, and the others come back', async () => {
    let asked = 0;
    const away = () => {
      asked++;
      throw new Error('no way to the bus');
    };
    const { parked, refused, handle } = listener(away, 21 * hourMs);
    const young = { ...event(4), at: 20 * hourMs };
    const Records = [record(1), record(2), record(3), record(4, { event: { S: JSON.stringify(young) } })];
    expect(await handle({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '4' }] });
    expect(parked).toEqual([event(1), event(2), event(3)]);
    expect({ asked, refused }).toEqual({ asked: 1, refused: [4] });
  });

  test('are those that were written just now: nothing else in the stream is published', async () => {
    const { published, handle } = listener();
    // As DynamoDB itself removes an item whose time to live is over.
    const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    const forgotten: DynamoDBRecord = { ...record(2), eventName: 'REMOVE', userIdentity };
    expect(await handle({ Records: [record(1, { body: { S: 'x' } }), forgotten] })).toEqual({ batchItemFailures: [] });
    expect(published).toEqual([]);
  });
});

describe('Parked events', () => {
  const message = (messageId: string, body: object) => sqsMessage({ messageId, body: JSON.stringify(body) });

  test('are published as soon as the bus takes them, each for itself', async () => {
    const { published, handle } = listener(refusing(1, 'for good'));
    const Records = [message('a', event(1)), message('b', event(2))];
    expect(await handle({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }] });
    expect(published).toEqual([event(2)]);
  });

  test('come back when the bus cannot be asked', async () => {
    const { handle } = listener(() => {
      throw new Error('no way to the bus');
    });
    expect(await handle({ Records: [message('a', event(1))] })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'a' }],
    });
  });

  test('are no positions in a stream: those stay for a person', async () => {
    const { published, handle } = listener();
    const position = { DDBStreamBatchInfo: { shardId: 's', startSequenceNumber: '1', batchSize: 1 } };
    expect(await handle({ Records: [message('a', position)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'a' }],
    });
    expect(published).toEqual([]);
  });
  test('are no messages of a drill: those are dropped', async () => {
    const { published, handle } = listener();
    const Records = [message('a', { drill: true }), message('b', event(1))];
    expect(await handle({ Records })).toEqual({ batchItemFailures: [] });
    expect(published).toEqual([event(1)]);
  });
});
