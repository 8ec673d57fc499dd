import { randomBytes } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { deletionEvent, eventOf, purgeEvent } from '../../core/events.ts';
import { type Instant, isLegalMove, type Status, type Version } from '../../core/image.ts';
import type { Added, Catalogue, Claim } from '../../ports.ts';
import {
  bodyOf,
  changedFields,
  eventItem,
  forgotten,
  type ImageItem,
  imageItem,
  imageOf,
  living,
  newestFields,
  newestOf,
  type VersionItem,
  versionItem,
  visibleOf,
} from './catalogue-items.ts';
import { catalogueLists } from './catalogue-lists.ts';
import { catalogueWrites, onlyFrom, untouched } from './catalogue-writes.ts';
import { closeDeletion } from './close-deletion.ts';
import { type Item, readItems } from './read-items.ts';
import {
  claimItemKey,
  imageItemKey,
  type Key,
  openTombstone,
  openVersion,
  shardKey,
  table,
  versionItemKey,
} from './table.ts';
import { transact, type Write, write, writesPerTransaction } from './transact.ts';

/**
 * The catalogue in one table. An image item contains its newest and its visible version, so a `GET` of an image is one
 * read of one item, and a move of the newest version one write. The next version moves the one before into an item of its
 * own. docs/decisions.md#small-items
 */
export const dynamodbCatalogue = (
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  { eventDays }: { readonly eventDays: number },
): Catalogue => {
  const { put, putClaim, updateImage, moveNewest, followOlder } = catalogueWrites(tableName);
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

  const readOlder = async (id: string, version: number): Promise<Version | undefined> => {
    const item = (await read(versionItemKey(id, version))) as VersionItem | undefined;
    return item && bodyOf(item);
  };

  const move = async (to: Version): Promise<boolean> => {
    const writer = newWriter();
    for (;;) {
      const image = await readImage(to.id);
      if (!image || to.version > image.newestVersion) return false;
      const event = eventOf(to);
      const events = event ? [put(eventItem(event, eventDays), {})] : [];
      if (to.version === image.newestVersion) {
        // The SDK repeats a write whose answer was lost, and the repeat is refused.
        if (image.writtenBy === writer) return true;
        if (!isNext(image, to)) return false;
        if (!(await write(dynamo, [moveNewest(image, to, writer), ...events]))) return true;
      } else {
        const older = put(versionItem(to), onlyFrom(to));
        const refused = await transact(dynamo, [older, followOlder(image, to), ...events]);
        if (!refused) return true;
        const stored = refused[0] && (await read(versionItemKey(to.id, to.version)));
        if (refused[0] && !(stored && isNext(stored as VersionItem, to))) return false;
      }
    }
  };

  /**
   * Moves of newest versions without an event, all in one transaction. It costs twice the units of the moves alone, and
   * one call. A version that is refused is left out of the next try.
   */
  const moveTogether = async (all: readonly Version[]): Promise<number> => {
    const images = await readItems(
      dynamo,
      tableName,
      all.map(({ id }) => imageItemKey(id)),
    );
    const writer = newWriter();
    let together = new Map<string, Write>();
    let moved = 0;
    for (const [at, to] of all.entries()) {
      const image = living(images[at]);
      if (image && to.version === image.newestVersion && !eventOf(to)) {
        if (isNext(image, to)) together.set(to.id, moveNewest(image, to, writer));
      } else if (image && (await move(to))) moved++;
    }
    while (together.size > 0) {
      const refused = await transact(dynamo, [...together.values()]);
      if (!refused) return moved + together.size;
      together = new Map([...together].filter((_, at) => !refused[at]));
    }
    return moved;
  };

  /** False if the item is not there, is not open, or holds another version. */
  const noted = async (Key: Key, version: number, asOf: Instant): Promise<boolean> => {
    try {
      await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key,
          UpdateExpression: 'SET #since = :asOf',
          ConditionExpression:
            'begins_with(#open, :unfinished) AND (newestVersion = :version OR attribute_not_exists(newestVersion))',
          ExpressionAttributeNames: { '#open': open.partitionKey, '#since': open.sortKey },
          ExpressionAttributeValues: { ':asOf': asOf, ':version': version, ':unfinished': openVersion },
        }),
      );
      return true;
    } catch (error) {
      if (!isLostRace(error)) throw error;
      return false;
    }
  };

  return {
    ...catalogueLists(dynamo, tableName),

    add: async (image, first, claim) => {
      const added = { id: image.id, version: first.version, fingerprint: claim?.fingerprint ?? null };
      const writer = newWriter();
      const refused = await write(dynamo, [
        put(imageItem(image, first, writer)),
        ...(claim ? [putClaim(claim, added, first.createdAt)] : []),
      ]);
      if (!refused) return { ...added, made: first };
      const before = claim && (await claimed(claim, first.createdAt));
      if (before) return before;
      if ((await readImage(image.id))?.writtenBy === writer) return { ...added, made: first };
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
          updateImage(
            image,
            {
              ...changedFields(image, changes),
              ...newestFields({ ...image, ...changes }.collection, next, newWriter()),
              ...(image.visibleVersion === image.newestVersion && { visible: image.newest }),
            },
            untouched(image),
          ),
          put(versionItem(newestOf(image), image[open.sortKey])),
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
      if (image.newestVersion === version) return newestOf(image);
      if (image.visibleVersion === version) return visibleOf(image) ?? undefined;
      return readOlder(id, version);
    },

    move,

    moveAll: async (all) => {
      let moved = 0;
      for (let at = 0; at < all.length; at += writesPerTransaction)
        moved += await moveTogether(all.slice(at, at + writesPerTransaction));
      return moved;
    },

    report: async ({ id, version, attempt }, progress) => {
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName: tableName,
            Key: imageItemKey(id),
            UpdateExpression: 'SET progress = :progress, progressAttempt = :attempt',
            ConditionExpression:
              'newestVersion = :version AND #status = :processing AND progressAttempt <= :attempt AND attribute_not_exists(deletedAt)',
            ExpressionAttributeNames: { '#status': 'status' },
            ExpressionAttributeValues: {
              ':progress': progress,
              ':attempt': attempt,
              ':version': version,
              ':processing': 'processing' satisfies Status,
            },
          }),
        );
      } catch (error) {
        if (!isLostRace(error)) throw error;
      }
    },

    noteRequeued: async ({ id, version }, asOf) => {
      const isNoted = await noted(imageItemKey(id), version, asOf);
      if (!isNoted) await noted(versionItemKey(id, version), version, asOf);
    },

    remove: async (id, at) => {
      const refused = await transact(dynamo, [
        {
          Update: {
            TableName: tableName,
            Key: imageItemKey(id),
            ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(deletedAt)',
            UpdateExpression: `SET deletedAt = :at, #open = :openDeletion, #since = :at REMOVE ${forgotten.map((_, at) => `#forgotten${at}`).join(', ')}`,
            ExpressionAttributeNames: {
              '#open': open.partitionKey,
              '#since': open.sortKey,
              ...Object.fromEntries(forgotten.map((name, at) => [`#forgotten${at}`, name])),
            },
            ExpressionAttributeValues: { ':at': at, ':openDeletion': shardKey(openTombstone, id) },
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

    closeDeletion: async (id) => {
      if ((await read(imageItemKey(id)))?.deletedAt !== undefined) await closeDeletion(dynamo, tableName, id);
    },
  };
};

/** Marks the writes of one call. */
const newWriter = (): string => randomBytes(6).toString('base64url');

/** Whether a version was computed from the stored one. Rejects a move that the life of a version does not have. */
const isNext = (stored: Pick<VersionItem, 'revision' | 'status'>, to: Version): boolean => {
  if (stored.revision !== to.revision - 1) return false;
  if (isLegalMove(stored.status, to.status)) return true;
  throw new Error(`A version cannot move from ${stored.status} to ${to.status}.`);
};

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Object && 'name' in error && error.name === name;
const isRefused = (error: unknown): boolean => isNamed(error, 'ConditionalCheckFailedException');
const isLostRace = (error: unknown): boolean => isRefused(error) || isNamed(error, 'TransactionConflictException');
