import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type DynamoDBDocumentClient, PutCommand, paginateScan, type ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../../core/image.ts';
import type { VersionRef } from '../../core/object-keys.ts';
import { parseStoredKey } from '../../core/object-keys.ts';
import type { ListShare } from '../../ports.ts';
import { tableCopy } from './ceilings.ts';
import { table } from './table.ts';

/**
 * Copies the items that only the other table has, such as one restored from a backup. Items in both stay as they are,
 * so a second run, or a run after a stop, is safe. The segments of the other table are copied beside each other; a part
 * is a share of them, for several runs on several processors. Resolves to the number of copied items.
 */
export const copyMissingItems = async (
  dynamo: DynamoDBDocumentClient,
  from: string,
  to: string,
  part: ListShare = { number: 0, of: 1 },
): Promise<number> => {
  const { segments, writesOfSegment } = tableCopy;
  let copied = 0;
  const copySegment = async (Segment: number): Promise<void> => {
    const scan = { TableName: from, ConsistentRead: true, Segment, TotalSegments: part.of * segments };
    const items = itemsOf(dynamo, scan);
    const write = async (): Promise<void> => {
      for await (const item of items) if (await putIfAbsent(dynamo, to, item)) copied++;
    };
    await Promise.all(Array.from({ length: writesOfSegment }, write));
  };
  await Promise.all(Array.from({ length: segments }, (_, at) => copySegment(part.number * segments + at)));
  return copied;
};

async function* itemsOf(client: DynamoDBDocumentClient, scan: ScanCommandInput) {
  for await (const { Items = [] } of paginateScan({ client }, scan)) yield* Items;
}

const putIfAbsent = async (
  dynamo: DynamoDBDocumentClient,
  TableName: string,
  Item: Record<string, unknown>,
): Promise<boolean> => {
  try {
    await dynamo.send(
      new PutCommand({ TableName, Item, ConditionExpression: `attribute_not_exists(${table.partitionKey})` }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

/**
 * Makes originals visible again that were removed since the instant, if the catalogue knows them; it does not know
 * deleted images. Resolves to their keys.
 */
export const bringBackOriginals = async (
  s3: S3Client,
  Bucket: string,
  removedSince: Instant,
  isKnown: (version: VersionRef) => Promise<boolean>,
): Promise<readonly string[]> => {
  const back: string[] = [];
  for await (const DeleteMarkers of deleteMarkers(s3, Bucket))
    for (const { Key = '', VersionId, IsLatest, LastModified } of DeleteMarkers) {
      const ref = parseStoredKey(Key);
      if (!ref || !IsLatest || (LastModified?.getTime() ?? 0) < removedSince || !(await isKnown(ref))) continue;
      // This removes the delete marker, so the object below it is visible again.
      await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      back.push(Key);
    }
  return back;
};

async function* deleteMarkers(s3: S3Client, Bucket: string) {
  let from: Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'> = {};
  for (let isMore = true; isMore; ) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'originals/', ...from }));
    yield page.DeleteMarkers ?? [];
    isMore = page.IsTruncated ?? false;
    from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}
