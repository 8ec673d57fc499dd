import { whenFree } from '../adapters/local/busy.ts';
import type { DueEvent, SqliteOutbox } from '../adapters/local/sqlite-outbox.ts';
import { notificationOf } from '../contract/events.ts';
import type { Ports } from '../ports.ts';
import { InsideNetwork, type Post, postText } from './post-text.ts';
import { delayAfter } from './redelivery.ts';
import { webhookHeaders } from './webhook-signature.ts';

/**
 * Posts every event to one receiver until the receiver accepts it or a day has passed. An event counts as delivered only
 * after an answer of 2xx, so after a crash it is delivered again. Only the deliveries wait for the receiver.
 */
export type Webhook = {
  /** Waits for so long for deliveries under way; an interrupted one is still due. */
  readonly stop: (graceMs: number) => Promise<void>;
};

export type WebhookNeeds = Pick<Ports, 'clock' | 'chance' | 'log'> & {
  readonly outbox: SqliteOutbox;
  /** Signatures carry its time, where `clock` is not that of the machine. */
  readonly wall?: Ports['clock'];
  readonly release: string;
};

export type WebhookOptions = {
  readonly url: string;
  /** Several while one is replaced. */
  readonly secrets: readonly string[];
  /** Whether the receiver may be inside the network (loopback, private, link-local). */
  readonly mayBeInside: boolean;
  /** How names become addresses; the system's way when left out. */
  readonly lookup?: Post['lookup'];
  readonly timeoutMs: number;
  /** How often the outbox is looked at; events are added by other processes too. */
  readonly pollMs: number;
  /** Concurrent deliveries, each of another image. */
  readonly atOnce: number;
};

const restMs = 5000;
const failuresOfTheReceiver = 10;

export const startWebhook = (world: WebhookNeeds, options: WebhookOptions): Webhook => {
  const { outbox, clock, chance, log } = world;
  const cutOff = new AbortController();
  const underWay = new Map<number, Promise<void>>();
  let stopping = false;
  let failuresInARow = 0;
  let quietUntil = 0;

  const rest = (): void => {
    quietUntil = clock.now() + restMs;
  };
  /** Without a database to note deliveries in, each would be repeated at once. */
  const restWithout = (error: unknown): void => {
    log.error('the outbox cannot be used', { error });
    rest();
  };

  const deliver = async (due: DueEvent): Promise<void> => {
    const failure = await post(world, options, due, cutOff.signal);
    if (cutOff.signal.aborted) return;
    const facts = { event: notificationOf(due.event).id, attempt: due.attempts + 1 };
    const [chosen = 0] = chance.bytes(1);
    const delayMs = delayAfter(facts.attempt, chosen / 255);
    failuresInARow = failure === undefined ? 0 : failuresInARow + 1;
    // The receiver is down, not these events: do not try a long list one after the other.
    if (failuresInARow >= failuresOfTheReceiver) rest();
    if (failure === undefined) {
      await whenFree(() => outbox.delivered(due.sequence, clock.now()));
      log.info('an event was delivered', facts);
    } else if (delayMs !== undefined) {
      await whenFree(() => outbox.postponed(due.sequence, clock.now() + delayMs));
      log.warn('an event could not be delivered', { ...facts, failure, nextInSeconds: delayMs / 1000 });
    } else {
      await whenFree(() => outbox.givenUp(due.sequence, clock.now()));
      log.error('an event was given up; `darkroom events replay` makes it due again', { ...facts, failure });
    }
  };

  const start = (due: DueEvent): void => {
    const delivery = deliver(due)
      .catch(restWithout)
      .then(() => {
        underWay.delete(due.sequence);
        look();
      });
    underWay.set(due.sequence, delivery);
  };

  const look = (): void => {
    if (stopping || underWay.size >= options.atOnce || clock.now() < quietUntil) return;
    try {
      const due = outbox.due(clock.now(), 2 * options.atOnce).filter(({ sequence }) => !underWay.has(sequence));
      for (const one of due.slice(0, options.atOnce - underWay.size)) start(one);
    } catch (error) {
      restWithout(error);
    }
  };

  const timer = setInterval(look, options.pollMs);
  look();

  return {
    stop: async (graceMs) => {
      stopping = true;
      clearInterval(timer);
      const hurry = setTimeout(() => cutOff.abort(), graceMs);
      await Promise.all(underWay.values());
      clearTimeout(hurry);
    },
  };
};

/** Resolves to what went wrong; undefined if the receiver accepted the event. */
const post = async (
  { clock, wall = clock, release }: WebhookNeeds,
  { url, secrets, mayBeInside, lookup, timeoutMs }: WebhookOptions,
  { event }: DueEvent,
  cutOff: AbortSignal,
): Promise<string | undefined> => {
  const notification = notificationOf(event);
  const body = JSON.stringify(notification);
  const headers = {
    'content-type': 'application/json',
    'user-agent': `Darkroom/${release}`,
    ...webhookHeaders(secrets, notification.id, Math.floor(wall.now() / 1000), body),
  };
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), cutOff]);
  try {
    const status = await postText({ url, headers, body, signal, mayBeInside, ...(lookup && { lookup }) });
    return status >= 200 && status < 300 ? undefined : `the receiver answered ${status}`;
  } catch (error) {
    return reasonOf(error);
  }
};

const reasonOf = (error: unknown): string => {
  if (error instanceof InsideNetwork)
    return 'the receiver is at an address inside the network; DARKROOM_WEBHOOK_PRIVATE=allow permits that';
  const { name, code } = error as { name?: unknown; code?: unknown };
  return String(typeof code === 'string' ? code : name);
};
