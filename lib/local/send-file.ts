import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ServedStore, StoredObject } from '../ports.ts';

/** Up to this size a file is read and sent in one piece, which takes a third less processor time than a stream. */
export const smallBytes = 64 * 1024;

/** Answers GET and HEAD with a stored file: validators, one range, and the body. */
export const sendFile = async (
  request: IncomingMessage,
  response: ServerResponse,
  store: ServedStore,
  object: StoredObject,
  headers: Readonly<Record<string, string>>,
): Promise<void> => {
  const { key, bytes, modifiedAt } = object;
  const etag = etagOf(object);
  const all = { ...headers, ...headersOfFile(object) };
  if (isAnother(request, etag, modifiedAt)) return void response.writeHead(412, refused).end();
  if (isKnown(request, etag, modifiedAt)) return void response.writeHead(304, all).end();

  const range = request.method === 'GET' ? wantedRange(request, etag, bytes) : undefined;
  if (range === 'unsatisfiable')
    return void response.writeHead(416, { ...refused, 'content-range': `bytes */${bytes}` }).end();
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  const isSmall = request.method === 'GET' && !range && bytes <= smallBytes;
  const whole = isSmall ? await store.get(key) : undefined;
  if (whole?.length === bytes) return void response.writeHead(200, { ...all, 'content-length': bytes }).end(whole);
  response.writeHead(range ? 206 : 200, {
    ...all,
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${bytes}` }),
  });
  if (request.method === 'HEAD' || bytes === 0) return void response.end();
  await pipeline(await store.stream(key, { start, end }), response);
};

/** A refusal says nothing about the file: a cache must not keep it for a year under the address of the picture. */
const refused = {
  'cache-control': 'no-store',
  'accept-ranges': 'bytes',
  'x-content-type-options': 'nosniff',
} as const;

/** Whether a request is for a file as a whole, without conditions and without a body. */
export const asksForWhole = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && special.every((name) => headers[name] === undefined);
const special = [
  ...['range', 'if-range', 'if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since'],
  ...['content-length', 'transfer-encoding', 'expect'],
] as const;

export const headersOfFile = (object: StoredObject): Readonly<Record<string, string>> => ({
  etag: etagOf(object),
  'last-modified': new Date(object.modifiedAt).toUTCString(),
  'accept-ranges': 'bytes',
  'x-content-type-options': 'nosniff',
});

/** A stored file is never changed, only replaced. */
export const etagOf = ({ bytes, modifiedAt }: StoredObject): string =>
  `"${bytes.toString(36)}-${Math.round(modifiedAt).toString(36)}"`;

/** Whether the client has a part of another file, and wants the rest of that one only (RFC 9110, 13.1.1 and 13.1.4). */
const isAnother = ({ headers }: IncomingMessage, etag: string, modifiedAt: number): boolean => {
  const had = headers['if-match'];
  if (had !== undefined) return !had.split(',').some((tag) => tag.trim() === '*' || tag.trim() === etag);
  const until = Date.parse(headers['if-unmodified-since'] ?? '');
  return inSeconds(modifiedAt) > until;
};

const isKnown = ({ headers }: IncomingMessage, etag: string, modifiedAt: number): boolean => {
  const known = headers['if-none-match'];
  if (known !== undefined)
    return known.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return inSeconds(modifiedAt) <= since;
};

/** As precise as a date in a header. */
const inSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;

type Range = { readonly start: number; readonly end: number };

/** Only of a GET (RFC 9110, 14.2). Several ranges at once, or a unit that is not bytes, may be answered with the whole. */
const wantedRange = (
  { headers }: IncomingMessage,
  etag: string,
  bytes: number,
): Range | 'unsatisfiable' | undefined => {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return undefined;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (start >= bytes || (first === '' && Number(last) === 0)) return 'unsatisfiable';
  return end < start ? undefined : { start, end };
};
