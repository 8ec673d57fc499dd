import { gaveUpBecause } from '../../core/errors.ts';
import { begin, type Failed, fail } from '../../core/image.ts';
import type { VersionRef } from '../../core/object-keys.ts';
import type { Trouble } from '../../core/trouble.ts';
import type { Catalogue, Clock } from '../../ports.ts';
import { settle } from './settle.ts';

/**
 * Ends a version whose renders all failed, with the kind of trouble. Running it twice is safe: a version that has ended
 * stays as it is.
 */
export const giveUp = async (
  { catalogue, clock }: { catalogue: Catalogue; clock: Clock },
  ref: VersionRef,
  trouble: Trouble,
): Promise<Failed | undefined> => {
  // Still pending means that no renderer could begin. The moves allow no way from there to failed, so it begins here.
  await settle(catalogue, ref, (now) => (now.status === 'pending' ? begin(now, clock.now()) : undefined));
  return settle(catalogue, ref, (now) =>
    now.status === 'processing' || now.status === 'retrying'
      ? fail(now, gaveUpBecause(trouble), now.original, clock.now())
      : undefined,
  );
};
