import { noSuchImage, Refusal } from '../../core/errors.ts';
import type { Instant, Version } from '../../core/image.ts';
import { originalKey } from '../../core/object-keys.ts';
import type { Added, Catalogue, Claim, SignedRequest, TicketOffice } from '../../ports.ts';
import { refuseAnotherRequest } from './refuse-another-request.ts';

export type IssuedTicket = { readonly version: Version; readonly upload: SignedRequest; readonly expiresAt: Instant };

/** Signs the ticket for a version that was added just now, or by the first request under the same claim. */
export const issueTicket = async (
  { catalogue, tickets }: { catalogue: Catalogue; tickets: TicketOffice },
  added: Added,
  claim: Claim | undefined,
): Promise<IssuedTicket> => {
  refuseAnotherRequest(added, claim);
  const version = added.made ?? (await catalogue.version(added.id, added.version));
  // A repeated request (same Idempotency-Key) gets 409 if its image is gone; a first request gets 404.
  if (!version)
    throw claim ? new Refusal('conflict', 'The image that this request made has been deleted since.') : noSuchImage();
  const { contentType, bytes, sha256 } = version.original;
  // After the upload a repeat still gets the ticket: the store refuses a second PUT by itself.
  const expiresAt = version.status === 'pending' && version.expiresAt !== null ? version.expiresAt : version.updatedAt;
  const upload = await tickets.upload(originalKey(version), { contentType, bytes, sha256 }, expiresAt);
  return { version, upload, expiresAt };
};
