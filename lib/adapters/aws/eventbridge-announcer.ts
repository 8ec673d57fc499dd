import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { ImageEvent } from '../../core/events.ts';
import { notificationOf } from '../../core/notification.ts';

/** Tells an event bus. Resolves to how many of the events, from the first on, the bus has taken. */
export const eventbridgeAnnouncer =
  (client: EventBridgeClient, bus: string) =>
  async (events: readonly ImageEvent[]): Promise<number> => {
    for (let at = 0; at < events.length; at += eventsPerCall) {
      const { Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: events.slice(at, at + eventsPerCall).map((event) => ({
            EventBusName: bus,
            Source: eventSource,
            DetailType: event.type,
            Detail: JSON.stringify(notificationOf(event)),
            Time: new Date(event.at),
          })),
        }),
      );
      const refused = Entries.findIndex((entry) => entry.EventId === undefined);
      if (refused >= 0) return at + refused;
    }
    return events.length;
  };

/** What rules match on: `{ source: ['darkroom'], 'detail-type': ['image.ready'] }`. */
export const eventSource = 'darkroom';

/** The most that one call may tell. */
const eventsPerCall = 10;
