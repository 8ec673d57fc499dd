import { checkDeclaredFile, type DeclaredFile } from '../core/admission.ts';
import { noSuchImage } from '../core/errors.ts';
import { newVersion } from '../core/image.ts';
import type { Claim, ImageChanges, Ports } from '../ports.ts';
import { type IssuedTicket, issueTicket } from './parts/issue-ticket.ts';
import { presentSettings } from './parts/render-order.ts';

type World = Pick<Ports, 'catalogue' | 'tickets' | 'clock' | 'config'>;
type Request = DeclaredFile & { readonly [Field in keyof ImageChanges]?: string | undefined };

/**
 * Adds the next version of an image and returns the ticket to upload it; the version before stays visible. Each call
 * makes a new version; with a claim a repeat makes none.
 */
export const requestVersion = async (
  world: World,
  id: string,
  request: Request,
  claim?: Claim,
): Promise<IssuedTicket> => {
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
