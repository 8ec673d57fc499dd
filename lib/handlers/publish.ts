import type { DynamoDBBatchResponse, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ImageEvent } from '../core/events.ts';
import { type PublishWorld, publishInOrder, publishParked } from '../work/publish.ts';

/**
 * Publishes events as they appear in the table, and those that were parked. Of the table's stream, everything from the
 * first event on that could not be published comes again.
 */
export const publishHandler =
  (world: PublishWorld) =>
  async ({ Records }: DynamoDBStreamEvent | SQSEvent): Promise<DynamoDBBatchResponse | SQSBatchResponse> => {
    if (isFromQueue(Records)) return publishMessages(world, Records);
    const added = (Records as DynamoDBStreamEvent['Records']).flatMap(({ eventName, dynamodb }) => {
      const text = dynamodb?.NewImage?.event?.S;
      if (eventName !== 'INSERT' || text === undefined) return [];
      return { event: JSON.parse(text) as ImageEvent, sequence: dynamodb?.SequenceNumber ?? '' };
    });
    const done = await publishInOrder(
      world,
      added.map(({ event }) => event),
    );
    return { batchItemFailures: added.slice(done, done + 1).map(({ sequence }) => ({ itemIdentifier: sequence })) };
  };

const publishMessages = async (world: PublishWorld, records: SQSEvent['Records']): Promise<SQSBatchResponse> => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { body, messageId } of records) {
    const parked = JSON.parse(body) as Partial<ImageEvent> & { readonly drill?: true };
    // A drill makes an alarm go off by it, and has no other use for it.
    if (parked.drill) continue;
    // If the function itself failed all day, Lambda leaves only a position in the stream, and a person has to look.
    const isPublished = parked.type !== undefined && (await publishParked(world, parked as ImageEvent));
    if (!isPublished) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
};

type Records = (DynamoDBStreamEvent | SQSEvent)['Records'];
const isFromQueue = (records: Records): records is SQSEvent['Records'] =>
  records.some((record) => 'messageId' in record);
