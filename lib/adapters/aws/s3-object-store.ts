import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { cacheTagField, deliveryHeaders } from '../../core/delivery.ts';
import type { ObjectStore, StoredObject } from '../../ports.ts';

/**
 * Objects in a bucket, below a prefix if there is one (`pictures/`). The cache headers of an object are stored with it, and
 * the CDN passes them on.
 */
export const s3ObjectStore = (s3: S3Client, bucket: string, below = ''): ObjectStore => ({
  put: async (key, bytes) => {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: below + key,
        Body: bytes,
        ContentLength: bytes.length,
        ...storedHeaders(key),
      }),
    );
  },

  get: (key) => bytesOf(s3, bucket, below + key),

  copy: async (from, to, sha256) => {
    const copied = await unlessAbsent(() =>
      s3.send(
        new CopyObjectCommand({
          Bucket: bucket,
          Key: below + to,
          CopySource: encodeURI(`${bucket}/${below}${from}`),
          MetadataDirective: 'REPLACE',
          ChecksumAlgorithm: 'SHA256',
          ...storedHeaders(to),
        }),
      ),
    );
    if (!copied) return false;
    // S3 computes it. A compatible store may not, and then the copy is read.
    const seen = copied.CopyObjectResult?.ChecksumSHA256 ?? digestOf(await bytesOf(s3, bucket, below + to));
    return seen === sha256;
  },

  head: (key) =>
    unlessAbsent(async () => {
      const { ContentLength, LastModified } = await s3.send(
        new HeadObjectCommand({ Bucket: bucket, Key: below + key }),
      );
      return { key, bytes: ContentLength ?? 0, modifiedAt: LastModified?.getTime() ?? 0 };
    }),

  async *list(prefix): AsyncGenerator<StoredObject> {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: below + prefix }))
      for (const { Key, Size, LastModified } of page.Contents ?? [])
        if (Key !== undefined)
          yield { key: Key.slice(below.length), bytes: Size ?? 0, modifiedAt: LastModified?.getTime() ?? 0 };
  },

  remove: async (keys) => {
    for (let at = 0; at < keys.length; at += keysPerRemoval) {
      const Objects = keys.slice(at, at + keysPerRemoval).map((key) => ({ Key: below + key }));
      const { Errors = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      const [first] = Errors;
      if (first)
        throw new Error(`${Errors.length} objects could not be removed; the first: ${first.Code} ${first.Key}`);
    }
  },
});

const storedHeaders = (key: string) => {
  const { contentType, cacheControl, cacheTag } = deliveryHeaders(key);
  return {
    ContentType: contentType,
    CacheControl: cacheControl,
    ...(cacheTag !== undefined && { Metadata: { [cacheTagField]: cacheTag } }),
  };
};

const bytesOf = (s3: S3Client, bucket: string, key: string): Promise<Uint8Array | undefined> =>
  unlessAbsent(async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body?.transformToByteArray();
  });

const digestOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && createHash('sha256').update(bytes).digest('base64');

/** The most that one call to S3 may name. */
const keysPerRemoval = 1000;

export const unlessAbsent = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await read();
  } catch (error) {
    const name = error instanceof Object && 'name' in error ? error.name : undefined;
    if (name === 'NoSuchKey' || name === 'NotFound') return undefined;
    throw error;
  }
};
