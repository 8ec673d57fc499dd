import { checkDeclaredFile, type DeclaredFile } from '../core/admission.ts';
import type { Config } from '../core/config.ts';
import { newVersion } from '../core/image.ts';
import type { Catalogue, Claim, Clock, ImageChanges, TicketOffice } from '../ports.ts';
import { noSuchImage } from './find-images.ts';
import { issueTicket, type Ticket } from './issue-ticket.ts';
import { presentSettings } from './render-order.ts';

type World = { catalogue: Catalogue; tickets: TicketOffice; clock: Clock; config: Config };
type Request = DeclaredFile & { readonly [Field in keyof ImageChanges]?: string | undefined };

/**
 * Adds the next version of an image and returns the ticket to upload it; the version before stays visible. Each call
 * makes a new version; with a claim a repeat makes none.
 */
export const requestVersion = async (world: World, id: string, request: Request, claim?: Claim): Promise<Ticket> => {
  const { catalogue, clock, config } = world;
  const admitted = checkDeclaredFile(config, request);
  const settings = presentSettings(config, admitted.preset);
  const at = clock.now();
  const expiresAt = at + config.ticketSeconds * 1000;
  const { collection, filename } = request;
  const changes = { ...(collection !== undefined && { collection }), ...(filename !== undefined && { filename }) };
  const draft = (version: number) => newVersion({ ...admitted, settings, id, version, source: version, expiresAt }, at);
  const added = await catalogue.addVersion({ id, draft, claim, changes });
  if (typeof added === 'string') throw noSuchImage();
  return issueTicket(world, added, claim);
};
