import type { Ticket } from '../contract/answers.ts';
import type { UploadRequest } from '../contract/requests.ts';
import { ticketFrom } from './ticket.ts';

/** What is read of a file of Uppy. */
type UppyFile = {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly size: number | null;
};
type Uppy = { readonly getFile: (id: string) => UppyFile; readonly setFileMeta: (id: string, meta: never) => void };
export type AskForTicket = (request: UploadRequest) => Promise<Ticket>;

/**
 * The options of `@uppy/aws-s3` 6: the ticket comes from your own server, so the page needs no key. The ticket stays in
 * `file.meta.darkroom`, for `untilReady`.
 */
export const uppy6 = (uppy: Uppy, ask: AskForTicket) => ({
  shouldUseMultipart: false,
  generateObjectKey: ({ id }: { readonly id: string }): string => id,
  signRequest: async ({ key }: { readonly key: string }) => {
    const { url, headers } = await ticketFor(uppy, key, ask);
    return { url, headers };
  },
});

/** The options of `@uppy/aws-s3` 5, as `uppy6`. */
export const uppy5 = (uppy: Uppy, ask: AskForTicket) => ({
  shouldUseMultipart: false,
  getUploadParameters: async ({ id }: { readonly id: string }) => {
    const { url, headers } = await ticketFor(uppy, id, ask);
    return { method: 'PUT' as const, url, headers };
  },
});

const ticketFor = async (uppy: Uppy, id: string, ask: AskForTicket): Promise<Ticket['upload']> => {
  const { name, type, size } = uppy.getFile(id);
  const request = {
    contentType: type || 'application/octet-stream',
    bytes: size ?? 0,
    ...(name && { filename: name }),
  };
  const ticket = await ticketFrom(() => ask(request));
  uppy.setFileMeta(id, { darkroom: ticket } as never);
  return ticket.upload;
};
