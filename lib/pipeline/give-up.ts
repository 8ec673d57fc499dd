import { gaveUpBecause } from '../core/errors.ts';
import { begin, type Failed, fail } from '../core/image.ts';
import type { Trouble } from '../core/trouble.ts';
import type { Catalogue, Clock, RenderJob } from '../ports.ts';
import { settle } from './settle.ts';

/**
 * Ends a version whose renders came to nothing, and says for which kind of trouble. Twice is safe: a version that has
 * ended stays as it is.
 */
export const giveUp = async (
  { catalogue, clock }: { catalogue: Catalogue; clock: Clock },
  job: RenderJob,
  trouble: Trouble,
): Promise<Failed | undefined> => {
  // Still pending means that no renderer could even begin; that it was tried is part of its life all the same.
  await settle(catalogue, job, (now) => (now.status === 'pending' ? begin(now, clock.now()) : undefined));
  return settle(catalogue, job, (now) =>
    now.status === 'processing' || now.status === 'retrying'
      ? fail(now, gaveUpBecause(trouble), now.original, clock.now())
      : undefined,
  );
};
