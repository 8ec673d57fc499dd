import { gaveUpBecause } from '../../core/errors.ts';
import {
  type Failed,
  fail,
  giveBack,
  type Instant,
  maxAttempts,
  type Processing,
  type Retrying,
  retryLater,
  withDeath,
} from '../../core/image.ts';
import type { VersionRef } from '../../core/keys.ts';
import { blameFor, type Trouble } from '../../core/trouble.ts';
import type { Catalogue, Clock } from '../../ports.ts';
import { settle } from './settle.ts';

type World = { readonly catalogue: Pick<Catalogue, 'version' | 'move'>; readonly clock: Clock };

/**
 * Ends the lease of an attempt whose renderer is gone, and charges it or not. Only for a caller that knows that the
 * renderer is gone. Running it twice is safe: a version that waits for its next attempt is left alone, and so is an attempt
 * that began after `begunBy`: it is another renderer's.
 */
export const releaseAttempt = (
  { catalogue, clock }: World,
  ref: VersionRef,
  end: End,
): Promise<Retrying | Failed | undefined> =>
  settle(catalogue, ref, (now) =>
    now.status === 'processing' && now.updatedAt <= end.begunBy ? released(now, end, clock.now()) : undefined,
  );

type End = { readonly trouble: Trouble; readonly died: boolean; readonly begunBy: Instant };

const released = (now: Processing, { trouble, died }: End, at: Instant): Retrying | Failed => {
  const counted = died ? withDeath(now) : now;
  if (blameFor(trouble) === 'machine') return giveBack(counted, at);
  return counted.attempts >= maxAttempts
    ? fail(counted, gaveUpBecause(trouble), counted.original, at)
    : retryLater(counted, at);
};

/** Takes back a charged attempt for which the machine turned out to be to blame. */
export const forgiveAttempt = ({ catalogue, clock }: World, ref: VersionRef): Promise<Retrying | undefined> =>
  settle(catalogue, ref, (now) =>
    now.status === 'retrying' && now.attempts > 0 ? giveBack(now, clock.now()) : undefined,
  );

const everyLease = { trouble: 'renderers', died: true, begunBy: Number.POSITIVE_INFINITY } as const;

/** For a host that has just started and knows that no renderer is at work: ends every lease. */
export const releaseAll = async (
  world: World & { readonly catalogue: Pick<Catalogue, 'unfinished'> },
): Promise<void> => {
  for await (const { id, version, status } of world.catalogue.unfinished(Number.MAX_SAFE_INTEGER))
    if (status === 'processing') await releaseAttempt(world, { id, version }, everyLease);
};
