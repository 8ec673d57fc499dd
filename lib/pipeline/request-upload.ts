import { checkDeclaredFile, type DeclaredFile } from '../core/admission.ts';
import { idBytes, idFrom } from '../core/ids.ts';
import { newVersion } from '../core/image.ts';
import type { Claim, Ports } from '../ports.ts';
import { type IssuedTicket, issueTicket } from './parts/issue-ticket.ts';
import { presentSettings } from './parts/render-order.ts';

type World = Pick<Ports, 'catalogue' | 'tickets' | 'clock' | 'chance' | 'config'>;
type Request = DeclaredFile & { readonly filename?: string | undefined; readonly collection?: string | undefined };

/** Adds a pending image and returns the ticket to upload it. Each call makes a new image; with a claim a repeat makes none. */
export const requestUpload = async (world: World, request: Request, claim?: Claim): Promise<IssuedTicket> => {
  const { catalogue, clock, chance, config } = world;
  const admitted = checkDeclaredFile(config, request);
  const settings = presentSettings(config, admitted.preset);
  const createdAt = clock.now();
  const id = idFrom(chance.bytes(idBytes));
  const { filename = null, collection = null } = request;
  const expiresAt = createdAt + config.ticketSeconds * 1000;
  const first = newVersion({ ...admitted, settings, id, version: 1, source: 1, expiresAt }, createdAt);
  const added = await catalogue.add({ id, collection, filename, createdAt }, first, claim);
  return issueTicket(world, added, claim);
};
