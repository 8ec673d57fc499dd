import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ceilingOf } from '../../../lib/adapters/aws/ceilings.ts';
import { shardKey, shardKeys, shards } from '../../../lib/adapters/aws/table.ts';
import { idBytes, idFrom } from '../../../lib/core/ids.ts';

test('The images of a list are spread evenly over its partitions, and each is in one of them', () => {
  const counts = new Map(shardKeys('list').map((key) => [key, 0]));
  const images = 8000;
  for (let at = 0; at < images; at++) {
    const key = shardKey('list', idFrom(createHash('sha256').update(String(at)).digest().subarray(0, idBytes)));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(shards);
  for (const count of counts.values()) expect(Math.abs(count / (images / shards) - 1)).toBeLessThan(0.1);
});

test('A list takes fewer uploads, the more often each writes to one of its partitions', () => {
  expect(ceilingOf(1)).toBe(1000 * shards);
  expect(ceilingOf(4)).toBe(250 * shards);
});
