import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { notificationOf } from '../../contract/events.ts';
import type { ImageEvent } from '../../core/events.ts';

/** How many events of a list a bus has accepted, from the first on, and whether it may accept the next one later. */
export type Published = { readonly published: number; readonly refused?: 'for now' | 'for good' };

/** The bus, and the fields that identify the deployment. */
export type Destination = {
  readonly bus: string;
  /** The deployment, as its metrics name it. */
  readonly deployment: string;
  /** The ARN of its table. */
  readonly tableArn: string;
};

/** Sends events to an event bus. Rejects if the bus cannot be reached. */
export const eventbridgePublisher =
  (client: EventBridgeClient, { bus, deployment, tableArn }: Destination) =>
  async (events: readonly ImageEvent[]): Promise<Published> => {
    for (let at = 0; at < events.length; ) {
      const together = nextCall(events, at);
      const { Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: together.map((event) => ({
            EventBusName: bus,
            Source: eventSource,
            DetailType: event.type,
            Resources: [tableArn],
            Detail: JSON.stringify({ ...notificationOf(event), deployment }),
            Time: new Date(event.at),
          })),
        }),
      );
      const first = Entries.findIndex((entry) => entry.EventId === undefined);
      if (first >= 0)
        return { published: at + first, refused: passes(Entries[first]?.ErrorCode) ? 'for now' : 'for good' };
      at += together.length;
    }
    return { published: events.length };
  };

/**
 * What rules match on: `{ source: ['darkroom'], 'detail-type': ['image.ready'] }`, and where an account has several
 * deployments `detail: { deployment: ['Darkroom-Images'] }`.
 */
export const eventSource = 'darkroom';

/** The most events of one call (PutEvents). */
const eventsPerCall = 10;

/** A bus may take the end of a call and refuse its beginning, so two events of one image never share a call. */
const nextCall = (events: readonly ImageEvent[], from: number): readonly ImageEvent[] => {
  const most = events.slice(from, from + eventsPerCall);
  const repeated = most.findIndex(({ id }, at) => most.findIndex((one) => one.id === id) < at);
  return repeated < 0 ? most : most.slice(0, repeated);
};

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
const passes = (code = ''): boolean => ['ThrottlingException', 'InternalFailure', 'InternalException'].includes(code);
