import { type Expired, expire, type Instant, type Pending, type Unfinished } from '../core/image.ts';
import { originalKey } from '../core/object-keys.ts';
import { callsAtOnce, deletionGroup, sweepGroup } from '../core/sweeping.ts';
import type { ListShare, Ports, Tombstone } from '../ports.ts';
import { inGroups } from './parts/in-groups.ts';
import { semaphore } from './parts/semaphore.ts';
import { troubleApart } from './parts/trouble-apart.ts';
import { nothingCanComeAfter, removeObjects } from './remove-image.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'variants' | 'queue' | 'clock' | 'config'>;
export type SweepReport = { readonly expired: number; readonly requeued: number; readonly closed: number };

/** An upload that began just before its ticket ended may still be under way: 10 MB take 55 minutes at 3 kB a second. */
const uploadGraceMs = 60 * 60_000;
const longestWaitMs = 4 * 60 * 60_000;

export type SweepOptions = {
  /** From then on a sweep begins nothing more; the next one goes on. */
  readonly until?: Instant;
  /** Other sweeps take the other shares. */
  readonly share?: ListShare | undefined;
  /** Called for each version that is sent to the queue again. */
  readonly sentAgain?: ((version: Unfinished) => void) | undefined;
};

/**
 * Ends versions that have not moved for longer than `unmovedForMs`, or sends them to the queue again, and removes objects
 * that came after a deletion. Safe at any moment, any number of times and beside itself: moves are conditional, a superfluous
 * task finds nothing to do, and a tombstone stays until nothing can come late. Trouble with one image does not keep the others.
 */
export const sweep = async (
  world: World,
  unmovedForMs: number,
  { until = Number.POSITIVE_INFINITY, share, sentAgain }: SweepOptions = {},
): Promise<SweepReport> => {
  const mayGoOn = () => world.clock.now() < until;
  let closed = 0;
  const ended = await endOrRequeue(world, unmovedForMs, { mayGoOn, share, sentAgain }).finally(async () => {
    closed = await closeDeletions(world, { mayGoOn, share });
  });
  return { ...ended, closed };
};

type Part = { readonly mayGoOn: () => boolean; readonly share: ListShare | undefined };

const endOrRequeue = async (
  { catalogue, originals, queue, clock }: World,
  unmovedForMs: number,
  { mayGoOn, share, sentAgain }: Part & Pick<SweepOptions, 'sentAgain'>,
): Promise<Omit<SweepReport, 'closed'>> => {
  let expired = 0;
  let requeued = 0;
  // Zero also finds what moved while the clock was ahead.
  const unmovedSince = unmovedForMs === 0 ? Number.MAX_SAFE_INTEGER : clock.now() - unmovedForMs;
  const endOrSend = async (found: Unfinished): Promise<readonly Expired[]> => {
    const { id, version, source } = found;
    if (!isAwaited(found) || (await originals.head(originalKey({ id, version: source })))) {
      await queue.send({ render: { id, version } });
      await catalogue.noteRequeued({ id, version }, nextLook(found.updatedAt, clock.now()) - unmovedForMs);
      sentAgain?.(found);
      requeued++;
    } else if (hasLapsed(found, clock.now())) {
      return [expire(found, clock.now())];
    }
    return [];
  };
  const inLine = semaphore(callsAtOnce);
  const { attempt, rethrow } = troubleApart();
  await inGroups(catalogue.unfinished(unmovedSince, share), { ...sweepGroup, mayGoOn }, async (group) => {
    const all = await Promise.all(group.map((found) => inLine(() => attempt(() => endOrSend(found)))));
    const ends = all.flat();
    // With all of them: then it is no trouble of one image, and the next group would have it too.
    if (ends.length === 0) rethrow();
    // What has moved since it was read is left to the next sweep.
    const moved = await catalogue.moveAll(ends.flat());
    expired += moved;
  });
  rethrow();
  return { expired, requeued };
};

/** A version that waits in a long queue is sent again after an hour, two, four …: most of these are duplicates. */
const nextLook = (updatedAt: Instant, now: Instant): Instant =>
  now + Math.min(Math.max(now - updatedAt, 0), longestWaitMs);

type Awaited = Pending & { readonly expiresAt: Instant };

/** Whether a client may still upload the original. A renderer ends any other version, even if its original is gone. */
const isAwaited = (version: Unfinished): version is Awaited =>
  version.status === 'pending' && version.expiresAt !== null;

const hasLapsed = (version: Awaited, now: Instant): boolean => version.expiresAt + uploadGraceMs <= now;

/**
 * A deletion is over when no file can come late any more and the CDN has been purged. A variant that came after that purge
 * is noted before it is removed, and `purge` then purges the CDN once more.
 */
const closeDeletions = async (
  { catalogue, originals, variants, clock, config }: World,
  { mayGoOn, share }: Part,
): Promise<number> => {
  let closed = 0;
  const closeOne = async (tombstone: Tombstone): Promise<void> => {
    const { id, purgedAt } = tombstone;
    let { late } = tombstone;
    await removeObjects({ originals, variants }, id, async () => {
      if (purgedAt === null) return;
      late = true;
      await catalogue.noteLate(id);
    });
    if (purgedAt === null || late || nothingCanComeAfter(tombstone, config) > clock.now()) return;
    await catalogue.closeDeletion(id);
    closed++;
  };
  const { attempt, rethrow } = troubleApart();
  await inGroups(catalogue.openDeletions(share), { ...deletionGroup, mayGoOn }, async (group) => {
    const done = await Promise.all(group.map((tombstone) => attempt(() => closeOne(tombstone))));
    if (done.flat().length === 0) rethrow();
  });
  rethrow();
  return closed;
};
