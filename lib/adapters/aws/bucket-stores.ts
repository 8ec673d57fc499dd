import { Readable } from 'node:stream';
import { CopyObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Clock, ObjectBucket, ServedStore } from '../../ports.ts';
import { clientOptions } from './client-options.ts';
import { s3ObjectStore, unlessAbsent } from './s3-object-store.ts';
import { presigning, s3TicketOffice } from './s3-ticket-office.ts';

/** The store may be far away, behind a slow line. */
const requestHandler = { connectionTimeout: 10_000, requestTimeout: 60_000, throwOnRequestTimeout: true };

/** The objects of a one-box home in an S3-compatible store, by the credentials and the region that the SDK finds. */
export const bucketStores = async (
  { place, endpoint }: { readonly place: string; readonly endpoint: string | undefined },
  clock: Clock,
): Promise<ObjectBucket> => {
  const { hostname: bucket, pathname } = new URL(place);
  const below = pathname.length > 1 ? `${pathname.slice(1)}/` : '';
  // Not every compatible store has the checksums that the SDK adds by default.
  const options = { ...clientOptions, ...presigning, requestHandler };
  const s3 = new S3Client(endpoint === undefined ? options : { ...options, endpoint, forcePathStyle: true });
  const tickets = s3TicketOffice(s3, bucket, clock, below);
  // It also says whether there are a region and credentials.
  const { origin } = new URL(await tickets.download('any', 'any', clock.now() + 1000));
  return { place, objects: s3ServedStore(s3, bucket, below), tickets, origin };
};

const dayMs = 24 * 3600_000;

const s3ServedStore = (s3: S3Client, bucket: string, below: string): ServedStore => {
  const store = s3ObjectStore(s3, bucket, below);
  const trash = s3ObjectStore(s3, bucket, `${below}.trash/`);

  const intoTrash = (key: string, day: string) =>
    unlessAbsent(() =>
      s3.send(
        new CopyObjectCommand({
          Bucket: bucket,
          Key: `${below}.trash/${day}/${key}`,
          CopySource: encodeURI(`${bucket}/${below}${key}`),
        }),
      ),
    );

  return {
    ...store,
    /** The answer about one object does not tell its absence from that of the bucket, and an upload must not expire for that. */
    head: async (key) => {
      const found = await store.head(key);
      if (!found) await store.list(key)[Symbol.asyncIterator]().next();
      return found;
    },
    stream: async (key, range) => {
      const Range = range && `bytes=${range.start}-${range.end}`;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: below + key, Range }));
      return Body instanceof Readable ? Body : Readable.from([]);
    },
    // An object appears whole or not at all.
    tidy: async () => undefined,
    discard: async (keys, at) => {
      const day = new Date(at).toISOString().slice(0, 10);
      for (const key of keys) await intoTrash(key, day);
      await store.remove(keys);
    },
    emptyTrash: async (before) => {
      const over = new Map<string, string[]>();
      for await (const { key } of trash.list('')) {
        const day = key.slice(0, 10);
        // Sorted by the day: none that follows is over.
        if (Date.parse(day) + dayMs > before) break;
        over.set(day, [...(over.get(day) ?? []), key]);
      }
      for (const keys of over.values()) await trash.remove(keys);
      return [...over.keys()];
    },
  };
};
