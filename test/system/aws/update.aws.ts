import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { s3ObjectStore } from '../../../lib/adapters/aws/s3-object-store.ts';
import { darkroom, type ReadyImage } from '../../../lib/client/darkroom.ts';
import { imagePrefix, originalsPrefix } from '../../../lib/core/object-keys.ts';
import { deploy, deployed } from './deploy.ts';
import { dynamoClient, keys, newQueue, s3 } from './emulated.ts';
import { changesOf, distributionsAt, functionsAt, physicalIdsOf, updatedAt, view } from './emulator-api.ts';

const { url, api, project, outputs } = deployed();
const client = darkroom({ url: api, key: keys.test });
const stack = 'Darkroom';

/** One line of the API's own code, which no other function contains. */
const line = { file: 'lib/api/answer.ts', before: 'There is nothing at', after: 'There is nothing to be found at' };

const rewrite = async (from: string, to: string): Promise<void> => {
  const file = join(project, line.file);
  const source = await readFile(file, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${line.file} does not say once: ${from}`);
  await writeFile(file, source.replace(from, to));
};

const answerToNothing = async (): Promise<string> => {
  const answer = await fetch(`${api}/v1/nothing`, { headers: { authorization: `Bearer ${keys.test}` } });
  return ((await answer.json()) as { detail: string }).detail;
};

const codeOf = async () =>
  Object.fromEntries(
    (await functionsAt(url)).map(({ FunctionName, CodeSha256, LastModified }) => [
      FunctionName,
      { CodeSha256, LastModified },
    ]),
  );

/** What says of each thing that holds something that it is still the one that it was. */
const holders = async () => {
  const { Table } = await dynamoClient().send(new DescribeTableCommand({ TableName: outputs.Table }));
  const { Buckets = [] } = await s3().send(new ListBucketsCommand({}));
  const { sqs } = await newQueue();
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: outputs.QueueUrl, AttributeNames: ['All'] }),
  );
  return {
    table: [Table?.TableId, Table?.CreationDateTime, Table?.LatestStreamArn],
    buckets: [outputs.OriginalsBucket, outputs.VariantsBucket].map(
      (name) => Buckets.find(({ Name }) => Name === name)?.CreationDate,
    ),
    queue: [Attributes.QueueArn, Attributes.CreatedTimestamp, Attributes.LastModifiedTimestamp],
    distributions: await distributionsAt(url),
  };
};

const objectsOf = async (id: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const [bucket, prefix] of [
    [outputs.OriginalsBucket, originalsPrefix(id)],
    [outputs.VariantsBucket, imagePrefix(id)],
  ] as const)
    for await (const { key } of s3ObjectStore(s3(), bucket).list(prefix)) found.push(key);
  return found;
};

const everything = async (id: string) => ({
  physicalIds: await physicalIdsOf(url, stack),
  holders: await holders(),
  objects: await objectsOf(id),
  image: await client.findImage(id),
});

describe('Another deploy', () => {
  let image: ReadyImage;
  let before: Awaited<ReturnType<typeof everything>>;
  let codeBefore: Awaited<ReturnType<typeof codeOf>>;
  let outputsAfter: unknown;

  beforeAll(async () => {
    const file = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#264' } })
      .png()
      .toBuffer();
    image = await client.upload(new Blob([new Uint8Array(file)]), { contentType: 'image/png' });
    before = await everything(image.id);
    codeBefore = await codeOf();
    expect(await answerToNothing()).toContain(line.before);

    await rewrite(line.before, line.after);
    ({ outputs: outputsAfter } = await deploy(project, url, '--change-set-name=one-line'));
  }, 900_000);

  test('after a change of one line runs the new line', async () => {
    expect(await answerToNothing()).toContain(line.after);
  });

  test('after a change of one line asks for a change of one function, and of nothing but its code', async () => {
    const changes = await changesOf(url, stack, 'one-line');
    // What refers to the function is listed as well, because the function has changed.
    const asked = (changes ?? []).filter(({ sources }) => sources.includes('DirectModification'));
    expect(asked).toEqual([
      {
        action: 'Modify',
        type: 'AWS::Lambda::Function',
        id: expect.stringMatching(/^ImagesApiFunction/),
        replacement: 'False',
        properties: ['Code'],
        sources: ['DirectModification'],
      },
    ]);
    const looked = (changes ?? []).filter((change) => !asked.includes(change));
    expect([...new Set(looked.map(({ type }) => type))].sort()).toEqual([
      'AWS::ApiGatewayV2::Integration',
      'AWS::ApiGatewayV2::Route',
      'AWS::Lambda::Permission',
    ]);
  });

  test('after a change of one line leaves every other function alone', async () => {
    const code = await codeOf();
    const changed = Object.keys(code).filter((name) => code[name]?.CodeSha256 !== codeBefore[name]?.CodeSha256);
    const touched = Object.keys(code).filter((name) => code[name]?.LastModified !== codeBefore[name]?.LastModified);
    expect(changed).toEqual([expect.stringContaining('ImagesApiFunction')]);
    expect(touched).toEqual(changed);
    expect(Object.keys(code)).toEqual(Object.keys(codeBefore));
  });

  test('keeps every resource, and all that the stores hold', async () => {
    expect(await everything(image.id)).toEqual(before);
    expect(before.objects.length).toBeGreaterThan(5);
    expect(Object.values(before.holders).flat()).not.toContain(undefined);
    expect(before.holders.distributions).toEqual(
      expect.arrayContaining([outputs.CdnDomain, expect.stringMatching(/^\d{4}-\d\d-\d\dT/)]),
    );
    expect(Object.keys(before.physicalIds).length).toBeGreaterThan(80);
  });

  test('keeps the outputs', () => {
    expect(outputsAfter).toEqual(outputs);
  });

  test('serves the pictures that were there before, and takes new ones', async () => {
    for (const variant of image.ready?.variants ?? []) {
      const seen = await view(url, outputs.CdnDomain, new URL(variant.url).pathname);
      expect({ status: seen.status, bytes: seen.body.length }).toEqual({ status: 200, bytes: variant.bytes });
    }
    const original = await client.downloadOriginal(image.id);
    expect((await fetch(original.url)).status).toBe(200);
    const file = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#642' } })
      .png()
      .toBuffer();
    const next = await client.upload(new Blob([new Uint8Array(file)]), { contentType: 'image/png', id: image.id });
    expect(next.ready).toMatchObject({ version: 2, width: 300 });
  });

  test('of the same source changes nothing at all', async () => {
    const [changedAt, code] = [await updatedAt(url, stack), await codeOf()];
    const { outputs: again, log } = await deploy(project, url, '--change-set-name=nothing');
    expect(log).toContain(`${stack} (no changes)`);
    expect(await updatedAt(url, stack)).toBe(changedAt);
    expect(await changesOf(url, stack, 'nothing')).toBeUndefined();
    expect(await codeOf()).toEqual(code);
    expect(again).toEqual(outputs);
  });
});
