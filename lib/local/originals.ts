import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Draft } from '../adapters/local/draft.ts';
import type { FileObjectStore } from '../adapters/local/file-object-store.ts';
import { sameSignature, signDownload, signedQuery, signUpload } from '../adapters/local/signed-urls.ts';
import { attachment } from '../core/attachment.ts';
import { originalKey, parseOriginalKey, type VersionRef } from '../core/object-keys.ts';
import type { Catalogue, Clock } from '../ports.ts';
import { requestIdOf } from './request-ids.ts';
import { answerBeforeRest, welcome } from './rest-of-body.ts';
import { etagOf, sendFile } from './send-file.ts';

/**
 * The originals as S3 offers them to the holder of a signed URL: the same refusals, with the same statuses and codes in the
 * same XML, so that a client sees no difference between the homes. docs/decisions.md#store-refusals
 */
export type OriginalsNeeds = {
  readonly originals: FileObjectStore;
  readonly secret: string;
  readonly clock: Clock;
  readonly isAwaited: (original: VersionRef) => Promise<boolean>;
  /** Called once for every new original, when its bytes are safe, with the id of the request. It reports no trouble to the sender: docs/decisions.md#upload-accepted */
  readonly arrived: (original: VersionRef, requestId: string | undefined) => void;
};

/**
 * Whether a file that comes for this version would be rendered: not once its image was deleted, nor once a sweep has ended the
 * version. If the clock was set back since that sweep, the ticket itself looks valid.
 */
export const isAwaitedBy =
  ({ catalogue }: { readonly catalogue: Pick<Catalogue, 'version'> }): OriginalsNeeds['isAwaited'] =>
  async ({ id, version }) => {
    const found = await catalogue.version(id, version);
    return found !== undefined && found.status !== 'expired';
  };

export const originalsEndpoint =
  (world: OriginalsNeeds) =>
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
      await answerBeforeRest(request, response, refusals[error.code], headers, body);
    }
  };

/** Where the originals are in a bucket: tickets and download URLs from before they were moved there are over. */
export const refuseAll = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const refusal = new StoreRefusal(
    'AccessDenied',
    'The originals are in another place now. Ask for a new ticket or URL.',
  );
  const headers = { 'content-type': 'application/xml', 'cache-control': 'no-store' };
  await answerBeforeRest(request, response, refusals[refusal.code], headers, refusal.xml());
};

const receive = async (
  { originals, secret, clock, isAwaited, arrived }: OriginalsNeeds,
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
  const given = signedQuery(url, []);
  const fits = given && sameSignature(given.signature, signUpload(secret, key, terms, given.expiresAt));
  if (!fits || headers['if-none-match'] !== '*')
    throw new StoreRefusal('SignatureDoesNotMatch', 'Send exactly the headers of the ticket, and the file it is for.');
  if (given.expiresAt <= clock.now())
    throw new StoreRefusal('AccessDenied', 'The ticket has expired. Ask for a new one.');
  if (await originals.head(key)) throw taken();
  if (!(await isAwaited(original))) throw over();
  welcome(request, response);
  const created = await originals.create(key, async (draft) => {
    await copyBody(request, draft, terms);
    if (!(await isAwaited(original))) throw over();
  });
  if (!created) throw taken();
  arrived(original, requestIdOf(response));
  const stored = await originals.head(key);
  response.writeHead(200, { ...(stored && { etag: etagOf(stored) }), 'content-length': 0 }).end();
};

const taken = () => new StoreRefusal('PreconditionFailed', 'There is an original under this ticket already.');
const over = () =>
  new StoreRefusal(
    'AccessDenied',
    'The image of this ticket was deleted, or the ticket has expired. Ask for a new one.',
  );

const copyBody = async (
  request: IncomingMessage,
  draft: Draft,
  terms: { readonly bytes: number; readonly sha256: string | null },
): Promise<void> => {
  const digest = createHash('sha256');
  let bytes = 0;
  // A request that is destroyed with the loop could not be answered any more.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    await draft.write(chunk);
    digest.update(chunk);
    bytes += chunk.length;
  }
  if (bytes !== terms.bytes) throw new StoreRefusal('IncompleteBody', 'The file ended before its declared length.');
  if (terms.sha256 !== null && digest.digest('base64') !== terms.sha256)
    throw new StoreRefusal('BadDigest', 'The bytes do not match the digest of the ticket.');
};

const download = async (
  { originals, secret, clock }: OriginalsNeeds,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  const given = signedQuery(url, ['filename']);
  const filename = given?.more.filename ?? '';
  if (!given || !sameSignature(given.signature, signDownload(secret, key, filename, given.expiresAt)))
    throw new StoreRefusal('SignatureDoesNotMatch', 'This is not a URL that was given out.');
  if (given.expiresAt <= clock.now()) throw new StoreRefusal('AccessDenied', 'The URL has expired. Ask for a new one.');
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
