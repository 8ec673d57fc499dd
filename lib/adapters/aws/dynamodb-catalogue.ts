import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { deletionEvent, eventOf, purgeEvent } from '../../core/events.ts';
import { type Instant, isLegalMove, type Status } from '../../core/image.ts';
import type { Added, Catalogue, Claim } from '../../ports.ts';
import { buryImage } from './bury-image.ts';
import {
  changedFields,
  eventItem,
  forgotten,
  type ImageItem,
  imageItem,
  imageOf,
  living,
  newestFields,
  type VersionItem,
  versionItem,
} from './catalogue-items.ts';
import { catalogueLists } from './catalogue-lists.ts';
import { catalogueWrites, onlyFrom } from './catalogue-writes.ts';
import type { Item } from './read-items.ts';
import { claimItemKey, imageItemKey, type Key, openTombstone, shardKey, table, versionItemKey } from './table.ts';
import { transact } from './transact.ts';

/**
 * The catalogue in one table. An image item contains its newest and its visible version, so a `GET` of an image is one
 * read of one item. A move writes the version and its image in one transaction.
 */
export const dynamodbCatalogue = (
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  { eventDays }: { readonly eventDays: number },
): Catalogue => {
  const { put, putClaim, updateImage, moveImage } = catalogueWrites(tableName);
  const { open } = table.indexes;

  const read = async (key: Key): Promise<Item | undefined> => {
    const { Item } = await dynamo.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    return Item as Item | undefined;
  };

  const readImage = async (id: string): Promise<ImageItem | undefined> => living(await read(imageItemKey(id)));

  /** Only the first claim under a key is stored; a repeat gets what the first one added. */
  const claimed = async (claim: Claim, at: Instant): Promise<Added | undefined> => {
    const item = (await read(claimItemKey(claim.key))) as (Added & Claim) | undefined;
    return item && item.expiresAt > at
      ? { id: item.id, version: item.version, fingerprint: item.fingerprint }
      : undefined;
  };

  return {
    ...catalogueLists(dynamo, tableName),

    add: async (image, first, claim) => {
      const added = { id: image.id, version: first.version, fingerprint: claim?.fingerprint ?? null };
      const refused = await transact(dynamo, [
        put(imageItem(image, first)),
        put(versionItem(first)),
        ...(claim ? [putClaim(claim, added, first.createdAt)] : []),
      ]);
      if (!refused) return { ...added, made: first };
      const before = claim && (await claimed(claim, first.createdAt));
      if (before) return before;
      throw new Error(`There is an image with the id ${image.id} already.`);
    },

    addVersion: async ({ id, draft, claim, changes = {}, after }) => {
      for (;;) {
        const image = await readImage(id);
        if (!image) return 'no-image';
        const next = draft(image.newestVersion + 1);
        if (after !== undefined && after !== image.newestVersion)
          return (claim && (await claimed(claim, next.createdAt))) ?? 'not-newest';
        const added = { id, version: next.version, fingerprint: claim?.fingerprint ?? null };
        const refused = await transact(dynamo, [
          updateImage(image, {
            ...changedFields(image, changes),
            ...newestFields({ ...image, ...changes }.collection, next),
          }),
          put(versionItem(next)),
          ...(claim ? [putClaim(claim, added, next.createdAt)] : []),
        ]);
        if (!refused) return { ...added, made: next };
        const before = claim && (await claimed(claim, next.createdAt));
        if (before) return before;
      }
    },

    find: async (id) => {
      const image = await readImage(id);
      return image && imageOf(image);
    },

    version: async (id, version) => {
      const image = await readImage(id);
      if (!image || version > image.newestVersion) return undefined;
      if (image.newestVersion === version) return image.newest;
      if (image.visible?.version === version) return image.visible;
      return ((await read(versionItemKey(id, version))) as VersionItem | undefined)?.body;
    },

    move: async (to) => {
      for (;;) {
        const image = await readImage(to.id);
        if (!image) return false;
        const event = eventOf(to);
        const refused = await transact(dynamo, [
          put(versionItem(to), onlyFrom(to)),
          moveImage(image, to),
          ...(event ? [put(eventItem(event, eventDays), {})] : []),
        ]);
        if (!refused) return true;
        if (refused[0]) {
          const stored = ((await read(versionItemKey(to.id, to.version))) as VersionItem | undefined)?.body;
          if (stored?.revision !== to.revision - 1) return false;
          if (!isLegalMove(stored.status, to.status))
            throw new Error(`A version cannot move from ${stored.status} to ${to.status}.`);
        }
      }
    },

    report: async ({ id, version, attempt }, progress) => {
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName: tableName,
            Key: imageItemKey(id),
            UpdateExpression: 'SET progress = :progress, progressAttempt = :attempt',
            ConditionExpression:
              'newestVersion = :version AND inStatus = :processing AND progressAttempt <= :attempt AND attribute_not_exists(deletedAt)',
            ExpressionAttributeValues: {
              ':progress': progress,
              ':attempt': attempt,
              ':version': version,
              ':processing': shardKey('processing' satisfies Status, id),
            },
          }),
        );
      } catch (error) {
        if (!isLostRace(error)) throw error;
      }
    },

    noteRequeued: async ({ id, version }, asOf) => {
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName: tableName,
            Key: versionItemKey(id, version),
            UpdateExpression: 'SET #since = :asOf',
            ConditionExpression: 'attribute_exists(#open)',
            ExpressionAttributeNames: { '#open': open.partitionKey, '#since': open.sortKey },
            ExpressionAttributeValues: { ':asOf': asOf },
          }),
        );
      } catch (error) {
        if (!isLostRace(error)) throw error;
      }
    },

    remove: async (id, at) => {
      const refused = await transact(dynamo, [
        {
          Update: {
            TableName: tableName,
            Key: imageItemKey(id),
            ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(deletedAt)',
            UpdateExpression: `SET deletedAt = :at, #open = :unburied, #since = :at REMOVE ${forgotten.map((_, at) => `#forgotten${at}`).join(', ')}`,
            ExpressionAttributeNames: {
              '#open': open.partitionKey,
              '#since': open.sortKey,
              ...Object.fromEntries(forgotten.map((name, at) => [`#forgotten${at}`, name])),
            },
            ExpressionAttributeValues: { ':at': at, ':unburied': shardKey(openTombstone, id) },
          },
        },
        put(eventItem(deletionEvent(id, at), eventDays), {}),
      ]);
      return refused ? undefined : { id, deletedAt: at, purgedAt: null, late: false };
    },

    // A failed condition means that it was noted before, or that the image does not exist.
    notePurged: async (id, at) => {
      await transact(dynamo, [
        {
          Update: {
            TableName: tableName,
            Key: imageItemKey(id),
            ConditionExpression: 'attribute_exists(deletedAt) AND attribute_not_exists(purgedAt)',
            UpdateExpression: 'SET purgedAt = :at',
            ExpressionAttributeValues: { ':at': at },
          },
        },
        put(eventItem(purgeEvent(id, at), eventDays), {}),
      ]);
    },

    noteLate: async (id) => {
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName: tableName,
            Key: imageItemKey(id),
            ConditionExpression: 'attribute_exists(deletedAt)',
            UpdateExpression: 'SET late = :late',
            ExpressionAttributeValues: { ':late': true },
          }),
        );
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
    },

    bury: async (id) => {
      if ((await read(imageItemKey(id)))?.deletedAt !== undefined) await buryImage(dynamo, tableName, id);
    },
  };
};

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Object && 'name' in error && error.name === name;
const isRefused = (error: unknown): boolean => isNamed(error, 'ConditionalCheckFailedException');
const isLostRace = (error: unknown): boolean => isRefused(error) || isNamed(error, 'TransactionConflictException');
