import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { bucketStores } from '../../lib/adapters/aws/bucket-stores.ts';
import type { ServedStore } from '../../lib/ports.ts';
import { type S3Server, startS3Server } from '../system/objects/s3-server.ts';
import { type FlakyProxy, startFlakyProxy } from './flaky-proxy.ts';

export type Bucket = {
  readonly server: S3Server;
  /** Between a service and the store. */
  readonly proxy: FlakyProxy;
  /** As in DARKROOM_OBJECTS. */
  readonly place: string;
  readonly objects: ServedStore;
  /** For a service or a command. */
  readonly environment: Readonly<Record<string, string>>;
  readonly keysBelow: (prefix: string) => Promise<readonly string[]>;
};

/** For a file of tests: an S3-compatible store, and for each test a bucket in it. The result is filled before each test. */
export const useBuckets = (webhook: () => string | undefined = () => undefined): Bucket => {
  let server: S3Server;
  const bucket = {} as Bucket;
  beforeAll(async () => {
    const url = webhook();
    server = await startS3Server(url === undefined ? {} : { webhook: url });
    Object.assign(process.env, server.environment);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const proxy = await startFlakyProxy();
    proxy.target = server.url;
    const place = `s3://${await server.newBucket()}/pictures`;
    const { objects } = await bucketStores({ place, endpoint: server.url }, { now: Date.now });
    const fresh: Bucket = {
      server,
      proxy,
      place,
      objects,
      environment: { ...server.environment, DARKROOM_OBJECTS: place, DARKROOM_OBJECTS_ENDPOINT: proxy.url },
      keysBelow: async (prefix) => (await Array.fromAsync(objects.list(prefix))).map(({ key }) => key),
    };
    Object.assign(bucket, fresh);
  });
  afterEach(() => bucket.proxy.close());
  return bucket;
};
