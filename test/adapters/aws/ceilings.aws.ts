import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ceilingOf, tableWritesPerUpload, target } from '../../../lib/adapters/aws/ceilings.ts';
import { dynamodbCatalogue } from '../../../lib/adapters/aws/dynamodb-catalogue.ts';
import { shards } from '../../../lib/adapters/aws/table.ts';
import { originalKey } from '../../../lib/core/keys.ts';
import { requestUpload } from '../../../lib/pipeline/request-upload.ts';
import { bytesOf, noise } from '../../support/pictures.ts';
import { openWorld, type TestWorld } from '../../support/world.ts';
import { dynamo, newTable } from '../../system/aws/emulated.ts';
import { type PartitionWrite, type Recorded, recording } from '../../system/aws/recorded-writes.ts';

const page = readFileSync(new URL('../../../docs/aws.md', import.meta.url), 'utf8');
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

const unitsOf = (writes: readonly PartitionWrite[], list: string): number =>
  writes.reduce((sum, write) => sum + (write.list === list ? write.units : 0), 0);

describe('An upload, from its ticket to its pictures,', () => {
  const client = dynamo();
  let world: TestWorld;
  let recorded: Recorded;
  beforeAll(async () => {
    world = await openWorld();
    const table = await newTable(client);
    const recorder = recording(client, table);
    recorded = recorder.recorded;
    const catalogue = dynamodbCatalogue(recorder.client, table, { eventDays: 30 });
    const uploading = { ...world, catalogue, chance: { bytes: (count: number) => randomBytes(count) } };
    const picture = await bytesOf(noise(1400, 1050).jpeg());
    const claim = { key: 'once', fingerprint: 'f', expiresAt: world.clock.now() + 86_400_000 };
    const wanted = { contentType: 'image/jpeg', bytes: picture.length, filename: 'a bird.jpg', collection: 'birds' };
    const { id } = (await requestUpload(uploading, wanted, claim)).version;
    await world.originals.put(originalKey({ id, version: 1 }), picture);
    await world.queue.send({ render: { id, version: 1 } });
    await world.drain({ catalogue });
    expect((await catalogue.find(id))?.visible?.rendering.variants).toHaveLength(21);
  }, 120_000);
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

  test('writes to the table only where no other upload does, as often as the quota of the page says', () => {
    const partitions = recorded.writes.flatMap(({ list, partition }) => (list === 'the table' ? partition : []));
    const ofOneUpload = /^(image|version|event)#[a-z2-7]{26}$|^claim#once$/;
    for (const partition of partitions) expect(partition).toMatch(ofOneUpload);
    const units = unitsOf(recorded.writes, 'the table');
    expect(units).toBeLessThanOrEqual(tableWritesPerUpload);
    // Rounded up to tens, so that a byte more in an item does not change the page.
    expect(Math.ceil(units / 10) * 10).toBe(tableWritesPerUpload);
  });
});
