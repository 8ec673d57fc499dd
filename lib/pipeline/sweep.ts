import { expire, type Instant, type Unfinished } from '../core/image.ts';
import { originalKey } from '../core/keys.ts';
import type { Ports } from '../ports.ts';
import { settle } from './parts/settle.ts';
import { nothingCanComeAfter, removeObjects } from './remove-image.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'variants' | 'queue' | 'clock' | 'config'>;
export type SweepReport = { readonly expired: number; readonly requeued: number; readonly buried: number };

/** An upload that began just before its ticket ended may still be under way: 10 MB take 55 minutes at 3 kB a second. */
const uploadGraceMs = 60 * 60_000;
const longestWaitMs = 4 * 60 * 60_000;

/**
 * Ends versions that have not moved for longer than `patienceMs`, or sends them to the queue again, and removes objects
 * that came after a deletion. Safe at any moment and any number of times: moves are conditional, a superfluous task finds
 * nothing to do, and a tombstone is permanent.
 */
export const sweep = async (world: World, patienceMs: number): Promise<SweepReport> => ({
  ...(await endOrRequeue(world, patienceMs)),
  buried: await bury(world),
});

const endOrRequeue = async (
  { catalogue, originals, queue, clock }: World,
  patienceMs: number,
): Promise<Omit<SweepReport, 'buried'>> => {
  let expired = 0;
  let requeued = 0;
  // Without patience also what moved while the clock was ahead.
  const unmovedSince = patienceMs === 0 ? Number.MAX_SAFE_INTEGER : clock.now() - patienceMs;
  for await (const { id, version, source, ...rest } of catalogue.unfinished(unmovedSince)) {
    if (!isAwaited(rest) || (await originals.head(originalKey({ id, version: source })))) {
      await queue.send({ render: { id, version } });
      await catalogue.noteRequeued({ id, version }, nextLook(rest.updatedAt, clock.now()) - patienceMs);
      requeued++;
    } else if (hasLapsed(rest, clock.now())) {
      const moved = await settle(catalogue, { id, version }, (now) =>
        now.status === 'pending' ? expire(now, clock.now()) : undefined,
      );
      if (moved) expired++;
    }
  }
  return { expired, requeued };
};

/** A version that waits in a long queue is sent again after an hour, two, four …: most of these are duplicates. */
const nextLook = (updatedAt: Instant, now: Instant): Instant =>
  now + Math.min(Math.max(now - updatedAt, 0), longestWaitMs);

type Waiting = Pick<Unfinished, 'status'> & { readonly expiresAt?: Instant | null };

/** Whether a client may still upload the original. A renderer ends any other version, even if its original is gone. */
const isAwaited = (version: Waiting): version is Waiting & { readonly expiresAt: Instant } =>
  version.status === 'pending' && typeof version.expiresAt === 'number';

const hasLapsed = (version: Waiting, now: Instant): boolean =>
  isAwaited(version) && version.expiresAt + uploadGraceMs <= now;

/**
 * A deletion is over when no file can come late any more and the CDN has been purged. A variant that came after that purge
 * is noted before it is removed, and `purge` then purges the CDN once more.
 */
const bury = async ({ catalogue, originals, variants, clock, config }: World): Promise<number> => {
  let buried = 0;
  for await (const tombstone of catalogue.unburied()) {
    const { id, purgedAt } = tombstone;
    let { late } = tombstone;
    await removeObjects({ originals, variants }, id, async () => {
      if (purgedAt === null) return;
      late = true;
      await catalogue.noteLate(id);
    });
    if (purgedAt === null || late || nothingCanComeAfter(tombstone, config) > clock.now()) continue;
    await catalogue.bury(id);
    buried++;
  }
  return buried;
};
