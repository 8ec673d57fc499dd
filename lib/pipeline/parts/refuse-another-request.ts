import { Refusal } from '../../core/errors.ts';
import type { Added, Claim } from '../../ports.ts';

/** Throws a Refusal if the same Idempotency-Key comes with another request: that is a mistake of the client. */
export const refuseAnotherRequest = (added: Pick<Added, 'fingerprint'>, claim: Claim | undefined): void => {
  if (claim && added.fingerprint !== claim.fingerprint)
    throw new Refusal('conflict', 'This Idempotency-Key was used for a different request. Use a new key.');
};
