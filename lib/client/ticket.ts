import type { Ticket } from '../contract/answers.ts';
import { errorOf } from './call.ts';
import { DarkroomError } from './error.ts';

/** Asks your own server for a ticket. What it passes on of the service's refusals keeps its code. */
export const ticketFrom = async (ask: () => Promise<Ticket>): Promise<Ticket> => {
  let ticket: Ticket;
  try {
    ticket = await ask();
  } catch (cause) {
    // What `fetch` rejects with when there is no network. Another window has a TypeError of its own.
    if ((cause as Error | undefined)?.name !== 'TypeError') throw cause;
    throw new DarkroomError('unreachable', `The ticket cannot be asked for: ${(cause as Error).message}`, { cause });
  }
  if (ticket?.upload === undefined)
    throw errorOf(ticket, Number((ticket as { status?: unknown } | undefined)?.status ?? 200));
  return ticket;
};
