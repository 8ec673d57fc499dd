import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { ImageEvent } from '../core/events.ts';
import type { Log } from '../ports.ts';

type AnnounceWorld = {
  /** Resolves to how many of the events, from the first on, were told. */
  readonly announce: (events: readonly ImageEvent[]) => Promise<number>;
  readonly log: Log;
};

/**
 * Tells the world of events as they appear in the table. From the first event on that could not be told the stream
 * comes back, so none is lost; an event may be told twice.
 */
export const announceHandler =
  ({ announce, log }: AnnounceWorld) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const filed = Records.flatMap(({ eventName, dynamodb }) => {
      const text = dynamodb?.NewImage?.event?.S;
      if (eventName !== 'INSERT' || text === undefined) return [];
      return { event: JSON.parse(text) as ImageEvent, sequence: dynamodb?.SequenceNumber ?? '' };
    });
    const told = await announce(filed.map(({ event }) => event));
    const next = filed[told];
    if (next) log.warn('events could not be told and will be told again', { told, of: filed.length });
    return { batchItemFailures: next ? [{ itemIdentifier: next.sequence }] : [] };
  };
