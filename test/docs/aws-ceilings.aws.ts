import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  callsOfPurge,
  callsOfSweep,
  callsPerBulkImage,
  cdnTagsPerSecond,
  ceilingOf,
  indexWrites,
  target,
} from '../../lib/adapters/aws/ceilings.ts';
import { unitsPerUpload } from '../../lib/adapters/aws/cost.ts';
import { dynamodbBulkJobs } from '../../lib/adapters/aws/dynamodb-bulk-jobs.ts';
import { dynamodbCatalogue } from '../../lib/adapters/aws/dynamodb-catalogue.ts';
import { shards } from '../../lib/adapters/aws/table.ts';
import { newBulkJob } from '../../lib/core/bulk-job.ts';
import { idAlphabet, idBytes, idFrom } from '../../lib/core/ids.ts';
import { newVersion, type Original } from '../../lib/core/image.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { advanceJob } from '../../lib/pipeline/advance-job.ts';
import { auditStore } from '../../lib/pipeline/audit-store.ts';
import { purge } from '../../lib/pipeline/purge.ts';
import { requestUpload } from '../../lib/pipeline/request-upload.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import type { ObjectStore } from '../../lib/ports.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';
import { dynamo, newTable } from '../system/aws/emulated.ts';
import { type PartitionWrite, type Recorded, recording } from '../system/aws/recorded-writes.ts';

const page = readFileSync(new URL('../../docs/aws.md', import.meta.url), 'utf8');
const shard = /#\d+$/;

/** The writes of one upload to each partition that other uploads write to as well, without the number of its shard. */
const shared = (writes: readonly PartitionWrite[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const { list, partition, units } of writes.filter(({ list }) => list !== 'the table')) {
    expect(partition).toMatch(shard);
    const name = `\`${list}\`, ${partition.replace(shard, '').replace('birds', 'a collection')}`;
    sums.set(name, (sums.get(name) ?? 0) + units);
  }
  return sums;
};

const row = (work: string, calls: number): string => `| ${work} | ${calls} |`;

const sumOfUnits = (writes: readonly PartitionWrite[]): number => writes.reduce((sum, { units }) => sum + units, 0);

describe('An upload, from its ticket to its pictures,', () => {
  const client = dynamo();
  let world: TestWorld;
  let recorded: Recorded;
  let callsOfJob: number;
  beforeAll(async () => {
    world = await openWorld();
    const table = await newTable(client);
    const recorder = recording(client, table);
    const catalogue = dynamodbCatalogue(recorder.client, table, { eventDays: 30 });
    // As the renderer on AWS, whose typical render is over before it would report its progress.
    const reportEveryMs = 5000;
    const uploading = { ...world, catalogue, chance: { bytes: (count: number) => randomBytes(count) } };
    const picture = await bytesOf(noise(1400, 1050).jpeg());
    const claim = { key: 'once', fingerprint: 'f', expiresAt: world.clock.now() + 86_400_000 };
    const wanted = { contentType: 'image/jpeg', bytes: picture.length, filename: 'a bird.jpg', collection: 'birds' };
    const { id } = (await requestUpload(uploading, wanted, claim)).version;
    world.pass(1000);
    await world.originals.put(originalKey({ id, version: 1 }), picture);
    await world.queue.send({ render: { id, version: 1 } });
    await world.drain({ catalogue }, { reportEveryMs });
    expect((await catalogue.find(id))?.visible?.rendering.variants).toHaveLength(21);
    await catalogue.find(id);
    recorded = structuredClone(recorder.recorded);

    const jobs = dynamodbBulkJobs(client, table);
    const job = newBulkJob({ id: 'q'.repeat(26), selection: { ids: [id] }, preset: null, dryRun: false }, Date.now());
    await jobs.add(job);
    const counting = await advanceJob({ ...world, catalogue, jobs }, job, 10);
    recorder.recorded.calls.length = 0;
    expect(await advanceJob({ ...world, catalogue, jobs }, counting, 10)).toMatchObject({ total: 1 });
    // And one to send it to the queue.
    callsOfJob = recorder.recorded.calls.length + 1;
  });
  afterAll(async () => {
    await world.close();
    client.destroy();
  });

  test('leaves room for the target in each partition that it shares with others', () => {
    const lists = shared(recorded.writes);
    const rows = [...lists].map(
      ([name, writes]) => `| ${name} | ${writes} | ${shards} | ${ceilingOf(writes).toLocaleString('en')} |`,
    );
    expect(page).toContain(rows.sort().join('\n'));
    for (const writes of lists.values()) expect(ceilingOf(writes)).toBeGreaterThanOrEqual(target.uploadsPerSecond);
  });

  test('writes to the table only where no other upload does', () => {
    const partitions = recorded.writes.flatMap(({ list, partition }) => (list === 'the table' ? partition : []));
    const ofOneUpload = /^(image|event)#[a-z2-7]{26}$|^claim#once$/;
    for (const partition of partitions) expect(partition).toMatch(ofOneUpload);
  });

  test('takes the units that its cost is computed from', () => {
    const ofCollection = recorded.writes.filter(({ list }) => list.startsWith('byCollection'));
    const collectionWrites = sumOfUnits(ofCollection);
    expect({
      writes: sumOfUnits(recorded.writes) - collectionWrites,
      tableWrites: sumOfUnits(recorded.writes.filter(({ list }) => list === 'the table')),
      collectionWrites,
      reads: recorded.readUnits,
    }).toEqual({
      writes: unitsPerUpload.writes,
      tableWrites: unitsPerUpload.tableWrites,
      collectionWrites: unitsPerUpload.collectionWrites,
      reads: unitsPerUpload.reads,
    });
  });

  test('writes to each index as often as the page warms it for', () => {
    const ofIndexes = recorded.writes.filter(({ list }) => list !== 'the table');
    const byIndex = Object.entries(Object.groupBy(ofIndexes, ({ list }) => list));
    expect(Object.fromEntries(byIndex.map(([list, writes = []]) => [list, sumOfUnits(writes)]))).toEqual(indexWrites);
  });

  test('is rendered again by a job with as many calls before that as the page says', () => {
    expect(page).toContain(row('a job: handing an image to the renderers', callsOfJob));
    expect(callsOfJob).toBe(callsPerBulkImage);
  });
});

describe('A chore', () => {
  const client = dynamo();
  const images = 200;
  /** The others are younger. */
  const tickets = 40;
  let world: TestWorld;
  let recorded: Recorded;
  let recordedWorld: TestWorld;
  beforeAll(async () => {
    world = await openWorld();
    const table = await newTable(client);
    const recorder = recording(client, table, { isWithItems: false });
    recorded = recorder.recorded;
    const adapters = (one: typeof client) => ({
      catalogue: dynamodbCatalogue(one, table, { eventDays: 30 }),
      jobs: dynamodbBulkJobs(one, table),
    });
    recordedWorld = { ...world, ...adapters(recorder.client), originals: counted(world.originals, recorded.calls) };
    const { catalogue } = adapters(client);
    for (let at = 0; at < images; at++) {
      const id = idFrom(createHash('sha256').update(String(at)).digest().subarray(0, idBytes));
      const createdAt = world.clock.now() + (at < tickets ? 0 : 10 * 3600_000) + at;
      const expiresAt = createdAt;
      const first = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt }, createdAt);
      await catalogue.add({ id, collection: null, filename: null, createdAt }, first);
    }
  });
  afterAll(async () => {
    await world.close();
    client.destroy();
  });

  const callsOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = recorded.calls.length;
    await work();
    return recorded.calls.length - before;
  };

  test('that counts the images of a job calls AWS as often for a slice as the page says', async () => {
    const job = newBulkJob({ id: 'q'.repeat(26), selection: { all: true }, preset: null, dryRun: false }, Date.now());
    await recordedWorld.jobs.add(job);
    expect(page).toContain(row('a job: counting 200 images', await callsOf(() => advanceJob(recordedWorld, job, 10))));
  });

  test('that compares the stores with the catalogue calls AWS as often for an image as the page says', async () => {
    const { items } = await recordedWorld.catalogue.list({ limit: 20 });
    for (const { id } of items) await world.originals.put(originalKey({ id, version: 1 }), new Uint8Array(1));
    let calls = 0;
    for (const letter of idAlphabet) calls += await callsOf(() => auditStore(recordedWorld, letter));
    expect(page).toContain(row('an audit: an image', calls / items.length));
    for (const { id } of items) await world.originals.remove([originalKey({ id, version: 1 })]);
  });

  test('that ends unused tickets calls AWS as often for each as the page says', async () => {
    world.pass(3 * 3600_000);
    const before = recorded.calls.length;
    const calls = await callsOf(() => sweep(recordedWorld, 3600_000));
    const looks = recorded.calls.slice(before).filter((call) => call === 'HeadObjectCommand').length;
    const idle = await callsOf(() => sweep(recordedWorld, 3600_000));
    // All of them are one group. The list is in pages of a hundred, and an idle sweep asks for the first ones too.
    expect({ perTicket: looks / tickets, perGroup: calls - idle - looks + 1 }).toEqual(callsOfSweep);
    expect(page).toContain(row('a sweep: a ticket that was not used', callsOfSweep.perTicket));
    expect(page).toContain(row('a sweep: 100 such tickets together', callsOfSweep.perGroup));
  });

  test('that tells the CDN of deletions calls AWS as often for each as the ceiling is computed from', async () => {
    const { items } = await recordedWorld.catalogue.list({ limit: 10 });
    for (const { id } of items) await recordedWorld.catalogue.remove(id, world.clock.now());
    world.pass(60_000);
    const stores = {
      originals: listed(world.originals, recorded.calls),
      variants: listed(world.variants, recorded.calls),
    };
    const edge = { atOnce: cdnTagsPerSecond, forget: async (ids: readonly string[]) => ids.length };
    const run = () => purge({ ...recordedWorld, ...stores, edge });
    const calls = await callsOf(run);
    expect((calls - (await callsOf(run))) / items.length).toBe(callsOfPurge);
  });
});

const original: Original = { contentType: 'image/jpeg', bytes: 1, sha256: null, width: null, height: null };

/** Looking for one object is one call to S3. */
const counted = <Store extends ObjectStore>(store: Store, calls: string[]): Store => ({
  ...store,
  head: (key) => {
    calls.push('HeadObjectCommand');
    return store.head(key);
  },
});

/** So is a list of few objects. */
const listed = <Store extends ObjectStore>(store: Store, calls: string[]): Store => ({
  ...store,
  list: (prefix) => {
    calls.push('ListObjectsV2Command');
    return store.list(prefix);
  },
});
