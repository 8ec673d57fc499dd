import type { DynamoDBBatchResponse, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ImageEvent } from '../core/events.ts';
import type { Ports } from '../ports.ts';

type PublishWorld = Pick<Ports, 'clock' | 'log'> & EventBus;
type EventBus = {
  /**
   * Resolves to how many of the events were published, from the first on, and why the next was not. Rejects if the bus
   * cannot be reached.
   */
  readonly publish: (
    events: readonly ImageEvent[],
  ) => Promise<{ readonly told: number; readonly refused?: 'for now' | 'for good' }>;
  /** Keeps an event that could not be published; it comes back as a message later. */
  readonly park: (event: ImageEvent) => Promise<void>;
  /** Counts events that the bus did not take. */
  readonly tallyRefused: (count: number) => void;
};

/** Two hours before the stream drops a record. Until then events stay in their order. */
const parkAfterMs = 20 * 3600_000;

/**
 * Publishes events as they appear in the table. The stream repeats from the first event that could not be published, so
 * none is lost; an event may be published twice. An event that the bus refuses for good, or has refused for most of a
 * day, is parked whole, so that the next ones can pass.
 */
export const publishHandler =
  (world: PublishWorld) =>
  async (event: DynamoDBStreamEvent | SQSEvent): Promise<DynamoDBBatchResponse | SQSBatchResponse> => {
    const { Records } = event;
    if (isFromQueue(Records)) return tellParked(world, Records);
    const added = (Records as DynamoDBStreamEvent['Records']).flatMap(({ eventName, dynamodb }) => {
      const text = dynamodb?.NewImage?.event?.S;
      if (eventName !== 'INSERT' || text === undefined) return [];
      return { event: JSON.parse(text) as ImageEvent, sequence: dynamodb?.SequenceNumber ?? '' };
    });
    for (let at = 0; at < added.length; at++) {
      const outcome = await tell(
        world,
        added.slice(at).map(({ event }) => event),
      );
      at += outcome.told;
      const next = added[at];
      if (!next) break;
      const isOld = next.event.at + parkAfterMs <= world.clock.now();
      if (outcome.refused !== 'for good' && !isOld) return { batchItemFailures: [{ itemIdentifier: next.sequence }] };
      world.log.error('an event could not be published and waits in its queue', { event: next.event });
      await world.park(next.event);
    }
    return { batchItemFailures: [] };
  };

type Outcome = Awaited<ReturnType<PublishWorld['publish']>>;

/** A bus that cannot be reached counts as a refusal for now; the stream delivers the rest again. */
const tell = async ({ publish, tallyRefused, log }: PublishWorld, events: readonly ImageEvent[]): Promise<Outcome> => {
  try {
    const outcome = await publish(events);
    if (outcome.told < events.length) {
      log.warn('events could not be published', { told: outcome.told, of: events.length, refused: outcome.refused });
      tallyRefused(events.length - outcome.told);
    }
    return outcome;
  } catch (cause) {
    log.error('the bus could not be asked', { cause: String(cause), of: events.length });
    tallyRefused(events.length);
    return { told: 0, refused: 'for now' };
  }
};

const tellParked = async (world: PublishWorld, records: SQSEvent['Records']): Promise<SQSBatchResponse> => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { body, messageId } of records) {
    const parked = JSON.parse(body) as Partial<ImageEvent> & { readonly drill?: true };
    // A drill makes an alarm go off by it, and has no other use for it.
    if (parked.drill) continue;
    // If the function itself failed all day, Lambda leaves only a position in the stream, and a person has to look.
    const isTold = parked.type !== undefined && (await tell(world, [parked as ImageEvent])).told === 1;
    if (!isTold) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
};

type Records = (DynamoDBStreamEvent | SQSEvent)['Records'];
const isFromQueue = (records: Records): records is SQSEvent['Records'] =>
  records.some((record) => 'messageId' in record);
