import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bucketStores } from '../../../lib/adapters/aws/bucket-stores.ts';
import { blameFor, troubleOf } from '../../../lib/core/trouble.ts';
import type { ObjectBucket } from '../../../lib/ports.ts';
import { objectStoreContract } from '../../contracts/object-store.ts';
import { ticketOfficeContract } from '../../contracts/ticket-office.ts';
import { isEmulated, type S3Server, startS3Server } from '../../system/objects/s3-server.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.environment);
});
afterAll(() => server.stop());

const clock = { now: Date.now };
const open = async (): Promise<ObjectBucket> =>
  bucketStores({ place: `s3://${await server.newBucket()}/pictures/of-a-test`, endpoint: server.url }, clock);

objectStoreContract('An S3-compatible store', async () => ({
  store: (await open()).objects,
  close: async () => undefined,
}));

ticketOfficeContract('Presigned URLs of an S3-compatible store', async () => {
  const { tickets, objects } = await open();
  const algorithm = 'The emulator does not look at the name of the signing algorithm.';
  return {
    tickets,
    stored: (key) => objects.get(key),
    close: async () => undefined,
    ...(server.kind === 'ministack' && { lacks: { algorithm } }),
  };
});

const textOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
};

test('an object is streamed as a whole or in part', async () => {
  const { objects } = await open();
  await objects.put('images/a/v1/x.png', Buffer.from('0123456789'));
  expect(await textOf(await objects.stream('images/a/v1/x.png'))).toBe('0123456789');
  expect(await textOf(await objects.stream('images/a/v1/x.png', { start: 2, end: 4 }))).toBe('234');
});

test('what is discarded leaves its key, stays in the trash for its days, and then goes', async () => {
  const { objects } = await open();
  const [key, day] = ['originals/a/v1', '2026-11-21'];
  await objects.put(key, Buffer.from('kept'));
  await objects.discard([key, 'originals/never/v1'], Date.parse(`${day}T12:00:00Z`));
  expect(await objects.head(key)).toBeUndefined();
  const end = Date.parse('2026-11-22T00:00:00Z');
  expect(await objects.emptyTrash(end - 1)).toEqual([]);
  expect(Buffer.from((await objects.get(`.trash/${day}/${key}`)) ?? []).toString()).toBe('kept');
  expect(await objects.emptyTrash(end)).toEqual([day]);
  expect(await objects.get(`.trash/${day}/${key}`)).toBeUndefined();
});

const blameOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error) => blameFor(troubleOf(error)),
  );

test('a bucket that is gone, and credentials that are refused, are trouble of the machine, not absence', async () => {
  const gone = await bucketStores({ place: 's3://a-bucket-that-was-never-made', endpoint: server.url }, clock);
  expect(await blameOf(gone.objects.head('originals/a/v1'))).toBe('machine');
  expect(await blameOf(gone.objects.get('originals/a/v1'))).toBe('machine');
  // It does not look at the signature of this call.
  if (isEmulated(server)) return;
  const place = `s3://${await server.newBucket()}`;
  const right = process.env.AWS_SECRET_ACCESS_KEY;
  process.env.AWS_SECRET_ACCESS_KEY = 'another';
  const { objects } = await bucketStores({ place, endpoint: server.url }, clock);
  process.env.AWS_SECRET_ACCESS_KEY = right;
  expect(await blameOf(objects.head('originals/a/v1'))).toBe('machine');
});

test('the origin of its signed URLs is known, so that a page may be allowed to reach it', async () => {
  const { origin, tickets } = await open();
  expect(origin).toBe(server.url);
  const { url } = await tickets.upload(
    'originals/a/v1',
    { contentType: 'image/png', bytes: 1, sha256: null },
    Date.now() + 5000,
  );
  expect(new URL(url).origin).toBe(origin);
});
