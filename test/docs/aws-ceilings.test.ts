import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { imageItem } from '../../lib/adapters/aws/catalogue-items.ts';
import {
  callsOfCounting,
  forgottenPerDay,
  hoursOfCopy,
  indexWrites,
  lanesPerSecond,
  paceOfLane,
  rendersAtOnce,
  sweptPerSecond,
  tableCopy,
  target,
} from '../../lib/adapters/aws/ceilings.ts';
import { unitsPerUpload } from '../../lib/adapters/aws/cost.ts';
import { documentClient } from '../../lib/adapters/aws/document-client.ts';
import { dynamodbCatalogue } from '../../lib/adapters/aws/dynamodb-catalogue.ts';
import { table } from '../../lib/adapters/aws/table.ts';
import { idBytes, idFrom } from '../../lib/core/ids.ts';
import { newVersion } from '../../lib/core/image.ts';

const page = readFileSync(new URL('../../docs/aws.md', import.meta.url), 'utf8');

test('The lanes of a large job hand over as many images a second as the target asks for, and as the page says', () => {
  expect(lanesPerSecond()).toBeGreaterThanOrEqual(target.uploadsPerSecond);
  expect(page).toContain(`about ${(Math.floor(lanesPerSecond() / 100) * 100).toLocaleString('en')} a second`);
  expect(page).toContain(`maxConcurrentRenders=${rendersAtOnce}`);
});

test('More calls for each image make the lanes slower, so that the figure means something', () => {
  expect(lanesPerSecond(10)).toBeLessThan(lanesPerSecond());
  expect(lanesPerSecond(20)).toBeLessThan(target.uploadsPerSecond);
});

test('Sweeps end as many unused tickets a second as the target has uploads, and as the page says', () => {
  expect(sweptPerSecond()).toBeGreaterThanOrEqual(target.uploadsPerSecond);
  expect(page).toContain(`about ${(Math.floor(sweptPerSecond() / 100) * 100).toLocaleString('en')} a second in all`);
});

test('More calls, or more of a processor, make sweeps slower, so that the figure means something', () => {
  expect(sweptPerSecond(undefined, 0.004)).toBeLessThan(500);
  expect(sweptPerSecond({ perTicket: 60, perGroup: 4 })).toBeLessThan(500);
});

test('As many deletions a day reach the CDN as the page says, and fewer if a deletion takes more calls', () => {
  const millions = Math.floor(forgottenPerDay() / 1_000_000);
  expect(page).toContain(`some ${millions} million a day`);
  expect(forgottenPerDay(30)).toBeLessThan(forgottenPerDay());
});

test('A lane reads 200 images for counting in as many calls as the hours of counting are computed from', async () => {
  const items = imagesOfLane(300);
  const calls: string[] = [];
  const send = async ({ constructor: { name }, input }: { readonly input: Asked }): Promise<object> => {
    calls.push(name);
    if (name === 'QueryCommand') {
      const isLast = input.Limit === undefined || input.Limit >= items.length;
      const Items = items.slice(0, input.Limit);
      return { Items, ...(!isLast && { LastEvaluatedKey: { pk: Items.at(-1)?.pk } }) };
    }
    expect(name).toBe('BatchGetCommand');
    const wanted = new Set(input.RequestItems?.images?.Keys.map(({ pk }) => pk));
    return { Responses: { images: items.filter(({ pk }) => wanted.has(pk)) } };
  };
  const real = documentClient(new DynamoDBClient({ region: 'eu-west-1' }));
  const client = new Proxy(real, { get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)) });
  const { items: page } = await dynamodbCatalogue(client, 'images', { eventDays: 30 }).list({
    limit: 200,
    partition: 0,
  });
  expect(page).toHaveLength(200);
  expect(calls).toHaveLength(callsOfCounting.ofList);
});

test('An upload writes to all indexes together what its cost is computed from', () => {
  const { byCollection, byCollectionAndStatus, ...others } = indexWrites;
  const sum = Object.values(others).reduce((all, writes) => all + writes, 0);
  expect(sum).toBe(unitsPerUpload.writes - unitsPerUpload.tableWrites);
  expect(byCollection + byCollectionAndStatus).toBe(unitsPerUpload.collectionWrites);
  expect(Object.keys(indexWrites).sort()).toEqual(
    Object.values(table.indexes)
      .map(({ name }) => name)
      .sort(),
  );
});

test('Fewer writes side by side, or more of a processor, make a copy of a table longer, so that the figures mean something', () => {
  const { byWaiting, byProcessor } = hoursOfCopy(target.images);
  expect(hoursOfCopy(target.images, { segments: 10, writesOfSegment: 1 }).byWaiting).toBeGreaterThan(4 * byWaiting);
  expect(hoursOfCopy(target.images, tableCopy, 0.01).byProcessor).toBeGreaterThan(4 * byProcessor);
});

test('A lane has no more images with the renderers than its item can name', () => {
  expect([paceOfLane(1), paceOfLane(4000), paceOfLane(20_000)]).toEqual([1, 750, 1000]);
});

type Asked = {
  readonly Limit?: number;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly { readonly pk: string }[] }>>;
};

/** Items of images, the newest first. */
const imagesOfLane = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    const id = idFrom(createHash('sha256').update(String(at)).digest().subarray(0, idBytes));
    const createdAt = 1_790_000_000_000 - at;
    const original = { contentType: 'image/jpeg', bytes: 1, sha256: null, width: null, height: null } as const;
    const first = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: null }, createdAt);
    return imageItem({ id, collection: null, filename: null, createdAt }, first, 'test');
  });
