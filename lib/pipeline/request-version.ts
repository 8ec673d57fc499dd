import { type Announcement, admit } from '../core/admission.ts';
import type { Config } from '../core/config.ts';
import { announce } from '../core/image.ts';
import type { Catalogue, Claim, Clock, ImageChanges, TicketOffice } from '../ports.ts';
import { noSuchImage } from './find-images.ts';
import { issueTicket, type Ticket } from './issue-ticket.ts';
import { presentSettings } from './render-order.ts';

type World = { catalogue: Catalogue; tickets: TicketOffice; clock: Clock; config: Config };
type Request = Announcement & { readonly [Field in keyof ImageChanges]?: string | undefined };

/**
 * Files the next version of an image and hands out the ticket to upload it; the version before stays what people see.
 * A repeat is another version, unless a claim says it is not.
 */
export const requestVersion = async (world: World, id: string, request: Request, claim?: Claim): Promise<Ticket> => {
  const { catalogue, clock, config } = world;
  const admitted = admit(config, request);
  const settings = presentSettings(config, admitted.preset);
  const at = clock.now();
  const expiresAt = at + config.ticketSeconds * 1000;
  const { collection, filename } = request;
  const changes = { ...(collection !== undefined && { collection }), ...(filename !== undefined && { filename }) };
  const draft = (version: number) => announce({ ...admitted, settings, id, version, source: version, expiresAt }, at);
  const filed = await catalogue.addVersion(id, draft, { claim, changes });
  if (!filed) throw noSuchImage();
  return issueTicket(world, filed, claim);
};
