import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import type { FileObjectStore } from '../adapters/local/file-object-store.ts';
import { sameSignature, signDownload, signUpload } from '../adapters/local/signed-urls.ts';
import { attachment } from '../core/attachment.ts';
import { originalKey, parseOriginalKey, type VersionRef } from '../core/keys.ts';
import type { Clock } from '../ports.ts';
import { sendFile } from './send-file.ts';

/**
 * The originals as S3 would offer them to whoever holds a signed URL: the same refusals, with the same statuses and the
 * same codes in the same XML, so that a client meets no difference between the homes.
 */
export type OriginalsWorld = {
  readonly originals: FileObjectStore;
  readonly secret: string;
  readonly clock: Clock;
  /** Called once for every new original, after its bytes are safe. */
  readonly arrived: (original: VersionRef) => void;
};

export const originalsEndpoint =
  (world: OriginalsWorld) =>
  async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    try {
      const original = parseOriginalKey(url.pathname.slice(1));
      if (!original) throw new StoreRefusal('AccessDenied', 'No URL of ours leads here.');
      if (request.method === 'PUT') await receive(world, original, request, response, url);
      else if (request.method === 'GET' || request.method === 'HEAD')
        await download(world, originalKey(original), request, response, url);
      else throw new StoreRefusal('MethodNotAllowed', 'An original is put once and downloaded; nothing else.');
    } catch (error) {
      if (!(error instanceof StoreRefusal)) throw error;
      const body = error.xml();
      const headers = { 'content-type': 'application/xml', 'cache-control': 'no-store' };
      response.writeHead(refusals[error.code], { ...headers, 'content-length': Buffer.byteLength(body) }).write(body);
      // Were the connection closed while the file is still under way, sender or proxy would see that and not the answer.
      await finished(request.resume()).catch(() => undefined);
      response.end();
    }
  };

const receive = async (
  { originals, secret, clock, arrived }: OriginalsWorld,
  original: VersionRef,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  const { headers } = request;
  const key = originalKey(original);
  if (headers['content-length'] === undefined)
    throw new StoreRefusal('MissingContentLength', 'Send the file with its length, not in chunks.');
  const sha256 = headers['x-amz-checksum-sha256'];
  const terms = {
    contentType: headers['content-type'] ?? '',
    bytes: Number(headers['content-length']),
    sha256: typeof sha256 === 'string' ? sha256 : null,
  };
  const expiresAt = Number(url.searchParams.get('expires'));
  const fits = sameSignature(url.searchParams.get('signature') ?? '', signUpload(secret, key, terms, expiresAt));
  if (!fits || headers['if-none-match'] !== '*')
    throw new StoreRefusal('SignatureDoesNotMatch', 'Send exactly the headers of the ticket, and the file it is for.');
  if (expiresAt <= clock.now()) throw new StoreRefusal('AccessDenied', 'The ticket has expired. Ask for a new one.');
  if (await originals.head(key)) throw taken();
  const created = await originals.create(key, (file) => copyBody(request, file, terms));
  if (!created) throw taken();
  arrived(original);
  response.writeHead(200).end();
};

const taken = () => new StoreRefusal('PreconditionFailed', 'There is an original under this ticket already.');

const copyBody = async (
  request: IncomingMessage,
  file: FileHandle,
  terms: { readonly bytes: number; readonly sha256: string | null },
): Promise<void> => {
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    digest.update(chunk);
    await file.write(chunk);
  }
  if (bytes !== terms.bytes) throw new StoreRefusal('IncompleteBody', 'The file ended before its announced length.');
  if (terms.sha256 !== null && digest.digest('base64') !== terms.sha256)
    throw new StoreRefusal('BadDigest', 'The bytes do not match the digest of the ticket.');
};

const download = async (
  { originals, secret, clock }: OriginalsWorld,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  const filename = url.searchParams.get('filename') ?? '';
  const expiresAt = Number(url.searchParams.get('expires'));
  if (!sameSignature(url.searchParams.get('signature') ?? '', signDownload(secret, key, filename, expiresAt)))
    throw new StoreRefusal('SignatureDoesNotMatch', 'This is not a URL that was given out.');
  if (expiresAt <= clock.now()) throw new StoreRefusal('AccessDenied', 'The URL has expired. Ask for a new one.');
  const object = await originals.head(key);
  if (!object) throw new StoreRefusal('NoSuchKey', 'There is no such original.');
  await sendFile(request, response, originals, object, {
    'content-type': 'application/octet-stream',
    'content-disposition': attachment(filename),
    'cache-control': 'private, no-store',
  });
};

const refusals = {
  AccessDenied: 403,
  SignatureDoesNotMatch: 403,
  NoSuchKey: 404,
  MethodNotAllowed: 405,
  PreconditionFailed: 412,
  BadDigest: 400,
  IncompleteBody: 400,
  MissingContentLength: 411,
} as const;

class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal';
  readonly code: keyof typeof refusals;

  constructor(code: keyof typeof refusals, message: string) {
    super(message);
    this.code = code;
  }

  xml(): string {
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${this.code}</Code><Message>${this.message}</Message></Error>\n`;
  }
}
