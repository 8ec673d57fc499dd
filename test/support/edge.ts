import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { open } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileObjectStore } from '../../lib/adapters/local/file-object-store.ts';
import { forgetting, rememberingFiles } from '../../lib/adapters/local/remembered-files.ts';
import { localTicketOffice } from '../../lib/adapters/local/signed-urls.ts';
import { problemResponse } from '../../lib/api/problems.ts';
import { hashOfKey } from '../../lib/core/api-keys.ts';
import { Refusal } from '../../lib/core/errors.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { accessControl } from '../../lib/local/access.ts';
import { answerEvery } from '../../lib/local/answer-every.ts';
import { corsFor } from '../../lib/local/cors.ts';
import { httpListener } from '../../lib/local/http-listener.ts';
import { type ConnectionLimits, limitedServer } from '../../lib/local/limited-server.ts';
import { originalsEndpoint } from '../../lib/local/originals.ts';
import { rateLimit } from '../../lib/local/rate-limit.ts';
import type { SignedRequest } from '../../lib/ports.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Line = { readonly level: string; readonly message: string; readonly facts: Record<string, unknown> };

/** The HTTP edge of the one-box home in this process: with a real store, and an API that says what it was asked. */
export type Edge = {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly folder: string;
  readonly originals: ReturnType<typeof fileObjectStore>;
  readonly variants: ReturnType<typeof fileObjectStore>;
  readonly lines: readonly Line[];
  /** Keys of the originals that have arrived. */
  readonly arrived: readonly string[];
  /** The ids of the requests that brought them. */
  readonly arrivedBy: readonly string[];
  readonly ticketFor: (file: Uint8Array, letter?: string) => Promise<SignedRequest>;
  readonly keyOf: (letter: string) => string;
  readonly downloadOf: (key: string, filename: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

export type EdgeOptions = {
  readonly openFile?: typeof open;
  readonly root?: string;
  readonly keys?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<ConnectionLimits>;
  readonly isAwaited?: () => Promise<boolean>;
};

export const startEdge = async (options: EdgeOptions = {}): Promise<Edge> => {
  const folder = await temporaryFolder();
  const root = options.root ?? folder.path;
  const originals = fileObjectStore(join(root, 'private'), undefined, options.openFile);
  const files = fileObjectStore(join(root, 'public'));
  const delivered = rememberingFiles(files, { mostBytes: 1_000_000, mostFileBytes: 64 * 1024 });
  const variants = { ...files, ...forgetting(files, delivered) };
  const lines: Line[] = [];
  const arrived: string[] = [];
  const arrivedBy: string[] = [];
  const at =
    (level: string) =>
    (message: string, facts: Record<string, unknown> = {}) => {
      lines.push({ level, message, facts });
    };
  const log = { info: at('info'), warn: at('warn'), error: at('error') };
  const clock = { now: Date.now };
  const secret = 'a secret of this test';
  const generous = { most: 1000, headerMs: 60_000, idleMs: 60_000, minBytesPerSecond: 0 };
  const server = limitedServer({ ...generous, ...options.limits }, log);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const allowedOrigins = options.allowedOrigins ?? [];
  const keys = (options.keys ?? []).map(hashOfKey);
  const listener = httpListener({
    api: async (request, { isKnown, countWrongKey }) => {
      if (isKnown) return Response.json({ body: await request.text() });
      countWrongKey?.();
      return problemResponse(new Refusal('unauthorized', 'no key'));
    },
    originals: originalsEndpoint({
      originals,
      secret,
      clock,
      isAwaited: options.isAwaited ?? (async () => true),
      arrived: (original, requestId) => {
        arrived.push(originalKey(original));
        arrivedBy.push(`${requestId}`);
      },
    }),
    variants: delivered,
    arrivals: undefined,
    pageOrigins: {},
    metrics: async () => undefined,
    access: accessControl({ host: '127.0.0.1', publicUrl: undefined, keys, allowedOrigins }, rateLimit(clock, 3)),
    cors: corsFor(allowedOrigins),
    limit: () => undefined,
    address: url,
    chance: { bytes: randomBytes },
    log,
  });
  answerEvery(server, listener, { bytes: randomBytes });
  const office = localTicketOffice({ secret, site: url });

  return {
    url,
    port,
    server,
    folder: root,
    originals,
    variants,
    lines,
    arrived,
    arrivedBy,
    ticketFor: (file, letter = 'a') => {
      const sha256 = createHash('sha256').update(file).digest('base64');
      return office.upload(
        keyOf(letter),
        { contentType: 'image/jpeg', bytes: file.length, sha256 },
        Date.now() + 600_000,
      );
    },
    keyOf,
    downloadOf: (key, filename) => office.download(key, filename, Date.now() + 600_000),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await folder.remove();
    },
  };
};

const keyOf = (letter: string): string => originalKey({ id: letter.repeat(26), version: 1 });

export const putOn = ({ url, headers }: SignedRequest, file: Uint8Array): Promise<Response> =>
  fetch(url, { method: 'PUT', headers, body: new Uint8Array(file) });
