import { type Announcement, admit } from '../core/admission.ts';
import type { Config } from '../core/config.ts';
import { idBytes, idFrom } from '../core/ids.ts';
import { announce } from '../core/image.ts';
import type { Catalogue, Chance, Claim, Clock, TicketOffice } from '../ports.ts';
import { issueTicket, type Ticket } from './issue-ticket.ts';
import { presentSettings } from './render-order.ts';

type World = { catalogue: Catalogue; tickets: TicketOffice; clock: Clock; chance: Chance; config: Config };
type Request = Announcement & { readonly filename?: string | undefined; readonly collection?: string | undefined };

/** Files a pending image and hands out the ticket to upload it. A repeat is another image, unless a claim says it is not. */
export const requestUpload = async (world: World, request: Request, claim?: Claim): Promise<Ticket> => {
  const { catalogue, clock, chance, config } = world;
  const admitted = admit(config, request);
  const settings = presentSettings(config, admitted.preset);
  const createdAt = clock.now();
  const id = idFrom(chance.bytes(idBytes));
  const { filename = null, collection = null } = request;
  const expiresAt = createdAt + config.ticketSeconds * 1000;
  const first = announce({ ...admitted, settings, id, version: 1, source: 1, expiresAt }, createdAt);
  const filed = await catalogue.add({ id, collection, filename, createdAt }, first, claim);
  return issueTicket(world, filed, claim);
};
