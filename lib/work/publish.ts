import type { ImageEvent } from '../core/events.ts';
import type { Ports } from '../ports.ts';

export type PublishWorld = Pick<Ports, 'clock' | 'log'> & EventBus;
type EventBus = {
  /**
   * Resolves to how many of the events were published, from the first on, and why the next was not. Rejects if the bus
   * cannot be reached.
   */
  readonly publish: (
    events: readonly ImageEvent[],
  ) => Promise<{ readonly published: number; readonly refused?: 'for now' | 'for good' }>;
  /** Keeps an event that could not be published; it comes back as a message later. */
  readonly park: (event: ImageEvent) => Promise<void>;
  /** Counts events that the bus did not take. */
  readonly tallyRefused: (count: number) => void;
};

/** Two hours before the stream drops a record. Until then events stay in their order. */
const parkAfterMs = 20 * 3600_000;

/**
 * Publishes events in their order. Resolves to how many are done with, from the first on. The caller gives it the rest
 * again, so none is lost; an event may be published twice. An event that the bus refuses for good, or has refused for most
 * of a day, is parked whole, so that the next ones can pass. A bus that could not be reached is not asked again, so that
 * the time is enough to park what is due.
 */
export const publishInOrder = async (world: PublishWorld, events: readonly ImageEvent[]): Promise<number> => {
  let outcome: Outcome = { published: 0 };
  for (let at = 0; at < events.length; at++) {
    outcome = outcome === away ? away : await publishSome(world, events.slice(at));
    at += outcome.published;
    const next = events[at];
    if (!next) break;
    const isOld = next.at + parkAfterMs <= world.clock.now();
    if (outcome.refused !== 'for good' && !isOld) return at;
    world.log.error('an event could not be published and waits in its queue', { event: next });
    await world.park(next);
  }
  return events.length;
};

/** Whether an event that was parked could be published now. */
export const publishParked = async (world: PublishWorld, event: ImageEvent): Promise<boolean> =>
  (await publishSome(world, [event])).published === 1;

type Outcome = Awaited<ReturnType<PublishWorld['publish']>>;

/** A bus that cannot be reached counts as a refusal for now. */
const away: Outcome = { published: 0, refused: 'for now' };

const publishSome = async (
  { publish, tallyRefused, log }: PublishWorld,
  events: readonly ImageEvent[],
): Promise<Outcome> => {
  try {
    const outcome = await publish(events);
    if (outcome.published < events.length) {
      log.warn('events could not be published', {
        published: outcome.published,
        of: events.length,
        refused: outcome.refused,
      });
      tallyRefused(events.length - outcome.published);
    }
    return outcome;
  } catch (cause) {
    log.error('the bus could not be asked', { cause: String(cause), of: events.length });
    tallyRefused(events.length);
    return away;
  }
};
