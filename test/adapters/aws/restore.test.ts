import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient, PutCommandInput, ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { tableCopy } from '../../../lib/adapters/aws/ceilings.ts';
import { documentClient } from '../../../lib/adapters/aws/document-client.ts';
import { copyMissingItems } from '../../../lib/adapters/aws/restore.ts';
import type { ListShare } from '../../../lib/ports.ts';

const atOnce = tableCopy.segments * tableCopy.writesOfSegment;
const items = 2000;
const pageLength = 20;
const refused = 'refused';

/** A DynamoDB of two tables, which counts the calls under way. The table `backup` holds every item. */
const twoTables = () => {
  const live = new Map<string, unknown>();
  const seen = { most: 0, now: 0, puts: 0, segments: new Set<number>() };
  const answers: Readonly<Record<string, (input: never) => object>> = {
    ScanCommand: ({ TableName, Segment = 0, TotalSegments = 1, ExclusiveStartKey }: ScanCommandInput) => {
      expect(TableName).toBe('backup');
      seen.segments.add(Segment);
      const from = Number(ExclusiveStartKey?.at ?? 0);
      const all = Array.from({ length: items }, (_, at) => at).filter((at) => at % TotalSegments === Segment);
      const Items = all.slice(from, from + pageLength).map((at) => ({ pk: `image#${at}`, sk: 'image' }));
      const more = from + pageLength < all.length && { LastEvaluatedKey: { at: from + pageLength } };
      return { Items, ...more };
    },
    PutCommand: ({ TableName, Item, ConditionExpression }: PutCommandInput) => {
      expect([TableName, ConditionExpression]).toEqual(['live', 'attribute_not_exists(pk)']);
      seen.puts++;
      const key = String(Item?.pk);
      if (live.get(key) === refused) throw new Error(`no more writes: ${key}`);
      if (live.has(key)) throw new ConditionalCheckFailedException({ message: 'it is there', $metadata: {} });
      live.set(key, Item);
      return {};
    },
  };
  const send = async ({ constructor: { name }, input }: { readonly input: never }): Promise<object> => {
    seen.most = Math.max(seen.most, ++seen.now);
    try {
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      return answers[name]?.(input) ?? {};
    } finally {
      seen.now--;
    }
  };
  const real = documentClient(new DynamoDBClient({ region: 'eu-west-1' }));
  const client: DynamoDBDocumentClient = new Proxy(real, {
    get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
  });
  return { client, live, seen };
};

describe('A copy of a table', () => {
  let tables: ReturnType<typeof twoTables>;
  beforeEach(() => {
    tables = twoTables();
  });
  const copy = (part?: ListShare) => copyMissingItems(tables.client, 'backup', 'live', part);

  test('reads every segment, and has as many calls under way as its ceiling is computed from, and no more', async () => {
    expect(await copy()).toBe(items);
    expect(tables.live.size).toBe(items);
    expect(tables.seen.puts).toBe(items);
    expect(tables.seen.segments.size).toBe(tableCopy.segments);
    expect(tables.seen.most).toBe(atOnce);
  });

  test('in parts reads each segment in one part only', async () => {
    const copied = [
      await copy({ number: 0, of: 3 }),
      await copy({ number: 1, of: 3 }),
      await copy({ number: 2, of: 3 }),
    ];
    expect(copied.reduce((sum, part) => sum + part, 0)).toBe(items);
    expect(tables.seen.puts).toBe(items);
    expect(tables.seen.segments.size).toBe(3 * tableCopy.segments);
  });

  test('goes on after a stop: what is there stays, the rest is copied', async () => {
    const kept = { pk: 'image#7', by: 'the stack' };
    tables.live.set('image#7', kept).set('image#1234', refused);
    await expect(copy()).rejects.toThrow('no more writes: image#1234');
    tables.live.delete('image#1234');
    await copy();
    expect(tables.live.size).toBe(items);
    expect(tables.live.get('image#7')).toBe(kept);
    expect(await copy()).toBe(0);
  });
});
