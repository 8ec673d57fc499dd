import type { Config } from '../core/config.ts';
import { expire, type Unfinished } from '../core/image.ts';
import { originalKey } from '../core/keys.ts';
import type { Catalogue, Clock, JobQueue, ObjectStore } from '../ports.ts';
import { settle } from './settle.ts';

type World = {
  readonly catalogue: Catalogue;
  readonly originals: ObjectStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly config: Config;
};
export type SweepReport = { readonly expired: number; readonly requeued: number };

/** An upload that began just before its ticket ended may still be under way, and its event may take its time. */
const graceMs = 5 * 60_000;

/**
 * Brings to an end, or back into the queue, what has not moved for longer than `patienceMs`. Safe at any moment and
 * any number of times: moves are conditional, and a job too many finds nothing to do.
 */
export const sweep = async (world: World, patienceMs: number): Promise<SweepReport> => {
  const { catalogue, originals, queue, clock } = world;
  let expired = 0;
  let requeued = 0;
  for await (const version of catalogue.unfinished(clock.now() - patienceMs)) {
    if (await originals.head(originalKey({ id: version.id, version: version.source }))) {
      await queue.send(version);
      requeued++;
    } else if (hasLapsed(version, clock.now())) {
      const moved = await settle(catalogue, version, (now) =>
        now.status === 'pending' ? expire(now, clock.now()) : undefined,
      );
      if (moved) expired++;
    }
  }
  return { expired, requeued };
};

const hasLapsed = (version: Unfinished, now: number): boolean =>
  version.status === 'pending' && version.expiresAt !== null && version.expiresAt + graceMs <= now;
