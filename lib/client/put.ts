import type { Ticket } from '../contract/answers.ts';
import type { Fetch } from './call.ts';
import { DarkroomError } from './error.ts';
import { retryAfterMs, waitForRetry } from './retry.ts';

export type PutOptions = {
  readonly signal?: AbortSignal | undefined;
  /** How much of the file has been sent, 0 to 1. */
  readonly onProgress?: (sent: number) => void;
};

/** The answer of the store; undefined when the connection broke. */
type Reply = { readonly status: number; readonly text: string; readonly retryAfter: string | null };

/** Sends the file on the terms of its ticket, again if need be: the store takes it only once. */
export const putFile = async (
  fetch: Fetch,
  upload: Ticket['upload'],
  file: Blob,
  options: PutOptions,
): Promise<void> => {
  const { signal, onProgress } = options;
  // Whether an attempt without a clear answer may have got through.
  let unclear = false;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const reply = await send(fetch, upload, file, options);
    const status = reply?.status ?? 0;
    if ((status >= 200 && status < 300) || (status === 412 && unclear)) return onProgress?.(1);
    if (reply && !isPassing(status)) throw refusal(reply);
    unclear ||= status !== 429;
    if (!(await waitForRetry(attempt, retryAfterMs(reply?.retryAfter ?? null), signal))) throw refusal(reply);
  }
};

/** 409 is what S3 says when two conditional writes of one key meet: neither may have won. */
const isPassing = (status: number): boolean => [408, 409, 429].includes(status) || status >= 500;

const refusal = (reply: Reply | undefined): DarkroomError => {
  if (!reply) return new DarkroomError('unreachable', 'The connection broke while the file was sent. Try again.');
  const reason = /<Message>([^<]*)<\/Message>/.exec(reply.text)?.[1];
  const { status } = reply;
  return new DarkroomError('upload-refused', reason ?? `The store did not take the file (${status}).`, { status });
};

const send = (fetch: Fetch, upload: Ticket['upload'], file: Blob, options: PutOptions): Promise<Reply | undefined> => {
  const { XMLHttpRequest } = globalThis as unknown as { readonly XMLHttpRequest?: new () => Watchable };
  return options.onProgress && XMLHttpRequest
    ? sendWatched(new XMLHttpRequest(), upload, file, options)
    : sendUnwatched(fetch, upload, file, options);
};

const sendUnwatched = async (
  fetch: Fetch,
  { url, method, headers }: Ticket['upload'],
  file: Blob,
  { signal }: PutOptions,
): Promise<Reply | undefined> => {
  try {
    const response = await fetch(url, { method, headers, body: file, ...(signal && { signal }) });
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
};

/** Fetch cannot tell how much of a body has been sent; XMLHttpRequest can. */
const sendWatched = (
  request: Watchable,
  { url, method, headers }: Ticket['upload'],
  file: Blob,
  { signal, onProgress }: PutOptions,
): Promise<Reply | undefined> =>
  new Promise((resolve, reject) => {
    const abort = () => request.abort();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0);
    request.onabort = () => reject(signal?.reason);
    request.onloadend = () => {
      signal?.removeEventListener('abort', abort);
      const { status, responseText: text } = request;
      // A store of another origin may not show it, and a browser complains when it is asked for in vain.
      const retryAfter = status < 400 ? null : request.getResponseHeader('retry-after');
      resolve(status === 0 ? undefined : { status, text, retryAfter });
    };
    signal?.addEventListener('abort', abort, { once: true });
    request.send(file);
  });

/** The part of XMLHttpRequest that is used here. Node has none, and its types know of none. */
type Watchable = {
  readonly status: number;
  readonly responseText: string;
  readonly upload: { onprogress: ((event: { readonly loaded: number; readonly total: number }) => void) | null };
  onabort: (() => void) | null;
  onloadend: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: Blob): void;
  abort(): void;
};
