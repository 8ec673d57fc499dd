import { describe, expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import type { ImageEvent } from '../../lib/core/events.ts';
import { announceHandler } from '../../lib/handlers/announce.ts';

const event = (version: number): ImageEvent => ({ type: 'image.ready', id: 'a'.repeat(26), version, at: 1 });
const record = (
  sequence: number,
  image: object = { event: { S: JSON.stringify(event(sequence)) } },
): DynamoDBRecord => ({
  eventName: 'INSERT',
  dynamodb: { SequenceNumber: String(sequence), NewImage: image as never },
});
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const listener = (takes = Number.POSITIVE_INFINITY) => {
  const told: ImageEvent[] = [];
  const announce = async (events: readonly ImageEvent[]) => {
    told.push(...events.slice(0, takes));
    return Math.min(takes, events.length);
  };
  return { told, handle: announceHandler({ announce, log: silent }) };
};

describe('Events of the stream', () => {
  test('are told in their order, all of them', async () => {
    const { told, handle } = listener();
    expect(await handle({ Records: [record(1), record(2)] })).toEqual({ batchItemFailures: [] });
    expect(told).toEqual([event(1), event(2)]);
  });

  test('come back from the first that was not told', async () => {
    const { told, handle } = listener(1);
    expect(await handle({ Records: [record(1), record(2), record(3)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }],
    });
    expect(told).toEqual([event(1)]);
  });

  test('are those that were written just now: nothing else in the stream is told', async () => {
    const { told, handle } = listener();
    const forgotten = { ...record(2), eventName: 'REMOVE' } as DynamoDBRecord;
    expect(await handle({ Records: [record(1, { body: { S: 'x' } }), forgotten] })).toEqual({ batchItemFailures: [] });
    expect(told).toEqual([]);
  });
});
