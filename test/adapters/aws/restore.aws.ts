import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamodbCatalogue } from '../../../lib/adapters/aws/dynamodb-catalogue.ts';
import { dynamodbTurns } from '../../../lib/adapters/aws/dynamodb-turns.ts';
import { s3ObjectStore } from '../../../lib/adapters/aws/s3-object-store.ts';
import { idBytes, idFrom } from '../../../lib/core/ids.ts';
import { newVersion } from '../../../lib/core/image.ts';
import { originalKey } from '../../../lib/core/object-keys.ts';
import { dynamo, newBucket, newTable, s3, settings } from '../../system/aws/emulated.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../../bin/restore.ts', import.meta.url));
const restore = async (...options: readonly string[]): Promise<string> => {
  const { endpoint, region, credentials } = settings();
  const { stdout } = await run('node', [program, ...options], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  return stdout;
};

const newId = () => idFrom(randomBytes(idBytes));
const retention = { eventDays: 30 };
const bytes = new Uint8Array([1, 2, 3]);

const fileImage = async (table: string): Promise<string> => {
  const id = newId();
  const original = { contentType: 'image/jpeg', bytes: 3, sha256: null, width: null, height: null } as const;
  const first = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: null }, Date.now());
  await dynamodbCatalogue(dynamo(), table, retention).add(
    { id, collection: null, filename: null, createdAt: Date.now() },
    first,
  );
  return id;
};

const numberIn = (said: string): number => Number(/^(\d+) items were copied/.exec(said)?.[1]);

describe('A restore', () => {
  let live: string;
  let backup: string;
  beforeAll(async () => {
    [live, backup] = [await newTable(dynamo()), await newTable(dynamo())];
  });

  test('copies what the table of the stack lacks, leaves what it has, and can be repeated', async () => {
    const lost = await fileImage(backup);
    const kept = await fileImage(live);
    const copied = numberIn(await restore('--table', live, '--from', backup));
    expect(copied).toBeGreaterThan(0);
    const catalogue = dynamodbCatalogue(dynamo(), live, retention);
    expect((await catalogue.find(lost))?.newest).toMatchObject({ version: 1, status: 'pending' });
    expect(await catalogue.version(lost, 1)).toBeDefined();
    expect(await catalogue.find(kept)).toBeDefined();
    const { items } = await catalogue.list({ limit: 10 });
    expect(items.map(({ id }) => id).sort()).toEqual([lost, kept].sort());
    expect(await restore('--table', live, '--from', backup)).toMatch(/^0 items/);
    const another = await newTable(dynamo());
    const parts = [
      await restore('--table', another, '--from', backup, '--part', '1/2'),
      await restore('--table', another, '--from', backup, '--part', '2/2'),
    ];
    expect(parts.map(numberIn).reduce((sum, part) => sum + part, 0)).toBe(copied);
  });

  test('brings originals back that the catalogue knows, and none that a person deleted', async () => {
    const client = s3();
    const bucket = await newBucket(client);
    await client.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const store = s3ObjectStore(client, bucket);
    const known = originalKey({ id: await fileImage(live), version: 1 });
    const deleted = originalKey({ id: newId(), version: 1 });
    for (const key of [known, deleted]) await store.put(key, bytes);
    await store.remove([known, deleted]);
    expect(await store.head(known)).toBeUndefined();

    const later = new Date(Date.now() + 3600_000).toISOString();
    expect(await restore('--table', live, '--originals', bucket, '--since', later)).toMatch(/^0 originals/);
    const before = new Date(Date.now() - 3600_000).toISOString();
    expect(await restore('--table', live, '--originals', bucket, '--since', before)).toMatch(/^1 originals/);
    expect(await store.get(known)).toEqual(bytes);
    expect(await store.head(deleted)).toBeUndefined();
  });
});

test('Only one run at a time holds the lease of a chore, and not for ever', async () => {
  const turns = dynamodbTurns(dynamo(), await newTable(dynamo()));
  expect(await turns.take('sweep', 1000, 2000)).toBe(true);
  expect(await turns.take('sweep', 1500, 2500)).toBe(false);
  expect(await turns.take('audit', 1500, 2500)).toBe(true);
  expect(await turns.take('sweep', 2000, 3000)).toBe(true);
  await turns.giveBack('sweep', 2000);
  expect(await turns.take('sweep', 2100, 3100)).toBe(false);
  await turns.giveBack('sweep', 3000);
  expect(await turns.take('sweep', 2200, 3200)).toBe(true);
});
