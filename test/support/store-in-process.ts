import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { addressOf, close, startListening } from '../../lib/local/listen.ts';

export type StoreInProcess = {
  readonly url: string;
  /** By bucket and key, such as `old/a.jpg`. */
  readonly objects: Map<string, Uint8Array>;
  /** A code of S3 and its status, for every request from now on. */
  refusal: readonly [code: string, status: number] | undefined;
  readonly close: () => Promise<void>;
};

const changedAt = new Date('2026-11-20T08:00:00Z');

/** As much of S3 as the commands need that read a bucket or move into one, with the objects in memory. */
export const startStoreInProcess = async (): Promise<StoreInProcess> => {
  const objects = new Map<string, Uint8Array>();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://store');
    const key = decodeURIComponent(pathname.slice(1));
    const refuse = (code: string, status: number) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code><Message>The store says ${code}.</Message></Error>`);
    if (store.refusal) return refuse(...store.refusal);
    if (searchParams.get('list-type') === '2') {
      const bucket = key.replace(/\/$/, '');
      const prefix = `${bucket}/${searchParams.get('prefix') ?? ''}`;
      const found = [...objects].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
      const contents = found.map(
        ([name, bytes]) =>
          `<Contents><Key>${name.slice(bucket.length + 1)}</Key><Size>${bytes.length}</Size><LastModified>${changedAt.toISOString()}</LastModified></Contents>`,
      );
      return response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
    }
    if (request.method === 'PUT') {
      objects.set(key, await buffer(request));
      return response.writeHead(200).end();
    }
    const bytes = objects.get(key);
    if (!bytes) return refuse('NoSuchKey', 404);
    response.writeHead(200, { 'content-length': bytes.length, 'last-modified': changedAt.toUTCString() });
    return response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  await startListening(server, { host: '127.0.0.1', port: 0 });
  const store: StoreInProcess = {
    url: addressOf(server),
    objects,
    refusal: undefined,
    close: () => close(server),
  };
  return store;
};

/** What the SDK reads by itself; gives back how it was before. */
export const setStoreVariables = (more: Readonly<Record<string, string | undefined>> = {}): (() => void) => {
  const wanted: Readonly<Record<string, string | undefined>> = {
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: undefined,
    AWS_ACCESS_KEY_ID: 'of-a-test',
    AWS_SECRET_ACCESS_KEY: 'of-a-test',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: '/nowhere/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
    ...more,
  };
  const put = (values: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(values))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  };
  const before = Object.fromEntries(Object.keys(wanted).map((name) => [name, process.env[name]]));
  put(wanted);
  return () => put(before);
};
