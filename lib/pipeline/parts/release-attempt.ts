import { forgive, giveBack, type Instant, type Retrying, withDeath } from '../../core/image.ts';
import type { VersionRef } from '../../core/object-keys.ts';
import type { Ports } from '../../ports.ts';
import { settle } from './settle.ts';

type World = Pick<Ports, 'catalogue' | 'clock'>;

/**
 * Ends the lease of an attempt, and does not charge it. Only for a caller that knows that no renderer works on it any more.
 * Running it twice is safe, because a version that waits for its next attempt is left alone. An attempt whose lease ends
 * after `leaseEndsBy` began later and is another renderer's, so it is left alone too.
 */
export const releaseAttempt = (
  { catalogue, clock }: World,
  ref: VersionRef,
  { died, leaseEndsBy }: { readonly died: boolean; readonly leaseEndsBy: Instant },
): Promise<Retrying | undefined> =>
  settle(catalogue, ref, (now) =>
    now.status === 'processing' && (now.leaseUntil ?? 0) <= leaseEndsBy
      ? giveBack(died ? withDeath(now) : now, clock.now(), 'render-death')
      : undefined,
  );

/** Takes back a charged attempt for which the machine turned out to be to blame. */
export const forgiveAttempt = ({ catalogue, clock }: World, ref: VersionRef): Promise<Retrying | undefined> =>
  settle(catalogue, ref, (now) =>
    now.status === 'retrying' && now.attempts > 0 ? forgive(now, clock.now()) : undefined,
  );

const everyLease = { died: true, leaseEndsBy: Number.POSITIVE_INFINITY };

/** For a host that has just started and knows that no renderer is at work: ends every lease. */
export const releaseAll = async (world: World): Promise<void> => {
  for await (const { id, version, status } of world.catalogue.unfinished(Number.MAX_SAFE_INTEGER))
    if (status === 'processing') await releaseAttempt(world, { id, version }, everyLease);
};
