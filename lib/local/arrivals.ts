import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Instant } from '../core/image.ts';
import { originalKey, parseOriginalKey, type VersionRef } from '../core/object-keys.ts';
import type { Clock, Log, ObjectStore, StoredObject } from '../ports.ts';

/**
 * Notices originals that clients PUT into a bucket, past this service: it asks the bucket about each upload that is
 * expected, at once when a notification names it and else at growing intervals. What it misses, the sweep finds.
 * docs/decisions.md#arrivals
 */
export type Arrivals = {
  /** Asks about this upload until it has arrived or its ticket is over. */
  readonly expect: (original: VersionRef, until: Instant) => void;
  /** Asks now about the uploads whose keys a notification names; other keys mean nothing. */
  readonly hint: (keys: readonly string[]) => void;
  /** Asks about the uploads whose turn it is. */
  readonly look: () => Promise<void>;
};

export type ArrivalsNeeds = {
  readonly originals: Pick<ObjectStore, 'head'>;
  readonly clock: Clock;
  /** Waits are counted by it, because no adjustment moves it. */
  readonly steady: Clock;
  readonly log: Log;
  readonly arrived: (original: VersionRef, stored: StoredObject) => void;
};

/** The next question comes after a quarter of the time that was waited, within these limits. */
const waits = { share: 1 / 4, leastMs: 250, mostMs: 15_000 };
const mostAtOnce = 8;
/** Of the uploads that are expected beyond this, the sweep takes care alone. */
const mostExpected = 10_000;
/** An upload that began before its ticket was over may take a little longer. */
const graceMs = 60_000;

type Expected = {
  readonly ref: VersionRef;
  readonly since: Instant;
  readonly until: Instant;
  nextAt: Instant;
  hinted: boolean;
};

export const watchArrivals = ({ originals, clock, steady, log, arrived }: ArrivalsNeeds): Arrivals => {
  const expected = new Map<string, Expected>();
  const asked = new Set<string>();

  const ask = async (key: string, upload: Expected): Promise<void> => {
    asked.add(key);
    upload.hinted = false;
    try {
      const stored = await originals.head(key);
      const now = steady.now();
      if (stored) {
        expected.delete(key);
        arrived(upload.ref, stored);
      } else if (now > upload.until + graceMs) expected.delete(key);
      else upload.nextAt = now + waitMs(now - upload.since);
    } catch (error) {
      upload.nextAt = steady.now() + waits.mostMs;
      log.warn('the store could not be asked about an upload', { key, error });
    } finally {
      // The answer may be older than the hint.
      if (upload.hinted) upload.nextAt = steady.now();
      asked.delete(key);
    }
  };

  return {
    expect: (ref, until) => {
      const since = steady.now();
      const ends = since + until - clock.now();
      if (expected.size < mostExpected)
        expected.set(originalKey(ref), { ref, since, until: ends, nextAt: since + waits.leastMs, hinted: false });
    },
    hint: (keys) => {
      for (const upload of keys.map((key) => expected.get(key)))
        if (upload) Object.assign(upload, { nextAt: steady.now(), hinted: true });
    },
    look: async () => {
      const now = steady.now();
      const due = [...expected].filter(([key, { nextAt }]) => nextAt <= now && !asked.has(key));
      due.sort(([, one], [, other]) => one.nextAt - other.nextAt);
      await Promise.all(due.slice(0, mostAtOnce - asked.size).map(([key, upload]) => ask(key, upload)));
    },
  };
};

const waitMs = (waitedMs: number): number => Math.min(Math.max(waitedMs * waits.share, waits.leastMs), waits.mostMs);

export type ArrivalsEndpoint = (request: IncomingMessage, response: ServerResponse, body: string) => Promise<void>;

/**
 * Takes what a store posts when an object was created, as S3 words it. It needs no key, because it only lets us ask the
 * store about an upload that is expected anyway.
 */
export const arrivalsEndpoint =
  ({ hint }: Pick<Arrivals, 'hint'>): ArrivalsEndpoint =>
  async (_request, response, body) => {
    hint(keysIn(body));
    response.writeHead(204).end();
  };

/** The originals that a notification names. Keys in it are URL-encoded, and begin with the path in the bucket. */
const keysIn = (body: string): readonly string[] => {
  const found = [...body.matchAll(/originals(?:\/|%2F)([a-z2-7]{26})(?:\/|%2F)(v\d{1,9})/gi)];
  return found.flatMap(([, id, version]) => {
    const key = `originals/${id}/${version}`;
    return parseOriginalKey(key) ? [key] : [];
  });
};
