import { createHash } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { s3ObjectStore } from '../../../lib/adapters/aws/s3-object-store.ts';
import { objectStoreContract } from '../../contracts/object-store.ts';
import { newBucket, s3 } from '../../system/aws/emulated.ts';

objectStoreContract('A bucket', async () => {
  const client = s3();
  return { store: s3ObjectStore(client, await newBucket(client)), close: async () => client.destroy() };
});

test('a variant is stored with the type and the cache rule under which it is served, and the tag of its image', async () => {
  const client = s3();
  const Bucket = await newBucket(client);
  const key = `images/${'a'.repeat(26)}/v1/640w.avif`;
  await s3ObjectStore(client, Bucket).put(key, new Uint8Array(3));
  const { ContentType, CacheControl, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
  expect({ ContentType, CacheControl, Metadata }).toEqual({
    ContentType: 'image/avif',
    CacheControl: 'public, max-age=31536000, immutable',
    Metadata: { 'cache-tag': 'a'.repeat(26) },
  });
});

test('a copy has the headers of its own key, not those of the object', async () => {
  const client = s3();
  const Bucket = await newBucket(client);
  const [from, to] = [`images/${'a'.repeat(26)}/v1/manifest.json`, `images/${'a'.repeat(26)}/v2/640w.avif`] as const;
  const store = s3ObjectStore(client, Bucket);
  await store.put(from, new TextEncoder().encode('one'));
  expect(await store.copy(from, to, createHash('sha256').update('one').digest('base64'))).toBe(true);
  const { ContentType, CacheControl, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key: to }));
  expect({ ContentType, CacheControl, Metadata }).toEqual({
    ContentType: 'image/avif',
    CacheControl: 'public, max-age=31536000, immutable',
    Metadata: { 'cache-tag': 'a'.repeat(26) },
  });
});

test('trouble is not mistaken for absence', async () => {
  const store = s3ObjectStore(s3(), 'a-bucket-that-was-never-made');
  await expect(store.get('images/a/v1/x.png')).rejects.toThrow();
  await expect(store.put('images/a/v1/x.png', new Uint8Array(1))).rejects.toThrow();
});
