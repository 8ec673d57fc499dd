import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { deletionEvent, eventOf } from '../../core/events.ts';
import {
  type Image,
  type Instant,
  isLegalMove,
  isUnfinished,
  moves,
  type Status,
  type Version,
} from '../../core/image.ts';
import type { Catalogue, Claim, Filed, ListQuery } from '../../ports.ts';
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
import { type Item, readItems } from './read-items.ts';
import {
  bothKey,
  claimItemKey,
  everyImage,
  idOfImageItem,
  imageItemKey,
  type Key,
  openTombstone,
  openVersion,
  position,
  table,
  versionItemKey,
  versionItemPrefix,
} from './table.ts';
import { transact, type Write } from './transact.ts';

/**
 * The catalogue in one table. An image item carries its newest and its visible version whole, so that looking at an
 * image, which is what people do, is one read of one item; a move writes the version and its image in one transaction.
 */
export const dynamodbCatalogue = (
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  { eventDays }: { readonly eventDays: number },
): Catalogue => {
  const { indexes } = table;

  const read = async (key: Key): Promise<Item | undefined> => {
    const { Item } = await dynamo.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    return Item as Item | undefined;
  };

  const readImage = async (id: string): Promise<ImageItem | undefined> => living(await read(imageItemKey(id)));

  const query = (
    index: (typeof indexes)[keyof typeof indexes],
    partition: string,
    more: Partial<QueryCommandInput>,
  ) => ({
    TableName: tableName,
    IndexName: index.name,
    KeyConditionExpression: '#partition = :partition',
    ...more,
    ExpressionAttributeNames: { '#partition': index.partitionKey, '#sort': index.sortKey },
    ExpressionAttributeValues: { ':partition': partition, ...more.ExpressionAttributeValues },
  });

  /** A condition on the image that holds only as long as nothing has happened to it since it was read. */
  const unchanged = (image: ImageItem) => ({
    ConditionExpression: 'newestVersion = :newest AND visibleVersion = :visible AND attribute_not_exists(deletedAt)',
    ExpressionAttributeValues: { ':newest': image.newestVersion, ':visible': image.visibleVersion },
  });

  /** Sets every field that has a value and removes those that have none. */
  const updateImage = (image: ImageItem, fields: Readonly<Record<string, unknown>>): Write => {
    const { ConditionExpression, ExpressionAttributeValues } = unchanged(image);
    const names = Object.keys(fields);
    const set = names.filter((name) => fields[name] !== undefined);
    const gone = names.filter((name) => fields[name] === undefined);
    const removal = gone.length > 0 ? ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}` : '';
    return {
      Update: {
        TableName: tableName,
        Key: imageItemKey(image.id),
        ConditionExpression,
        UpdateExpression: `SET ${set.map((name) => `#${name} = :set_${name}`).join(', ')}${removal}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ...ExpressionAttributeValues,
          ...Object.fromEntries(set.map((name) => [`:set_${name}`, fields[name]])),
        },
      },
    };
  };

  const put = (item: Key & Record<string, unknown>, condition: object = onlyIfNew): Write => ({
    Put: { TableName: tableName, Item: item, ...condition },
  });

  const putClaim = (claim: Claim, filed: Filed, at: Instant): Write =>
    put(
      { ...claimItemKey(claim.key), ...claim, ...filed, [table.timeToLive]: Math.ceil(claim.expiresAt / 1000) },
      {
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': at },
      },
    );

  /** The first claim under a key is the only one; whoever repeats it gets what that one filed. */
  const claimed = async (claim: Claim, at: Instant): Promise<Filed | undefined> => {
    const item = (await read(claimItemKey(claim.key))) as (Filed & Claim) | undefined;
    return item && item.expiresAt > at
      ? { id: item.id, version: item.version, fingerprint: item.fingerprint }
      : undefined;
  };

  return {
    add: async (image, first, claim) => {
      const filed = { id: image.id, version: first.version, fingerprint: claim?.fingerprint ?? null };
      const refused = await transact(dynamo, [
        put(imageItem(image, first)),
        put(versionItem(first)),
        ...(claim ? [putClaim(claim, filed, first.createdAt)] : []),
      ]);
      if (!refused) return filed;
      const before = claim && (await claimed(claim, first.createdAt));
      if (before) return before;
      throw new Error(`There is an image with the id ${image.id} already.`);
    },

    addVersion: async (id, draft, { claim, changes = {} } = {}) => {
      for (;;) {
        const image = await readImage(id);
        if (!image) return undefined;
        const next = draft(image.newestVersion + 1);
        const filed = { id, version: next.version, fingerprint: claim?.fingerprint ?? null };
        const refused = await transact(dynamo, [
          updateImage(image, {
            ...changedFields(image, changes),
            ...newestFields({ ...image, ...changes }.collection, next),
          }),
          put(versionItem(next)),
          ...(claim ? [putClaim(claim, filed, next.createdAt)] : []),
        ]);
        if (!refused) return filed;
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
              ':processing': 'processing' satisfies Status,
            },
          }),
        );
      } catch (error) {
        if (!isLostRace(error)) throw error;
      }
    },

    list: async (wanted) => {
      const { index, partition } = listOf(wanted);
      const items: Image[] = [];
      let after = wanted.after && position(wanted.after.createdAt, wanted.after.id);
      for (;;) {
        const { Items = [], LastEvaluatedKey } = await dynamo.send(
          new QueryCommand({
            ...query(index, partition, {
              KeyConditionExpression: `#partition = :partition AND #sort ${after === undefined ? '> :low' : '< :after'}`,
              ExpressionAttributeValues: after === undefined ? { ':low': ' ' } : { ':after': after },
            }),
            ScanIndexForward: false,
            Limit: wanted.limit + 1 - items.length,
          }),
        );
        // An index follows its table after a moment; the table itself says whether an image still belongs here.
        for (const item of await readItems(dynamo, tableName, Items as Item[])) {
          const image = living(item);
          if (image && belongs(image, wanted)) items.push(imageOf(image));
        }
        after = (Items.at(-1) as ImageItem | undefined)?.position ?? after;
        const last = items[wanted.limit - 1];
        if (items.length > wanted.limit && last)
          return { items: items.slice(0, wanted.limit), next: { createdAt: last.createdAt, id: last.id } };
        if (LastEvaluatedKey === undefined) return { items, next: undefined };
      }
    },

    async *unfinished(unmovedSince) {
      const pages = paginateQuery(
        { client: dynamo },
        query(indexes.open, openVersion, {
          KeyConditionExpression: '#partition = :partition AND #sort <= :since',
          ExpressionAttributeValues: { ':since': unmovedSince },
        }),
      );
      for await (const { Items = [] } of pages) {
        const versions = (await readItems(dynamo, tableName, Items as Item[])) as readonly (VersionItem | undefined)[];
        const images = await readItems(
          dynamo,
          tableName,
          versions.flatMap((version) => (version ? imageItemKey(version.body.id) : [])),
        );
        const alive = new Set(images.flatMap((item) => living(item)?.id ?? []));
        for (const version of versions) {
          const body = version?.body;
          if (body && isUnfinished(body) && body.updatedAt <= unmovedSince && alive.has(body.id)) yield body;
        }
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
              '#open': indexes.open.partitionKey,
              '#since': indexes.open.sortKey,
              ...Object.fromEntries(forgotten.map((name, at) => [`#forgotten${at}`, name])),
            },
            ExpressionAttributeValues: { ':at': at, ':unburied': openTombstone },
          },
        },
        put(eventItem(deletionEvent(id, at), eventDays), {}),
      ]);
      return refused ? undefined : { id, deletedAt: at };
    },

    async *unburied() {
      for await (const { Items = [] } of paginateQuery(
        { client: dynamo },
        query(indexes.open, openTombstone, everything),
      ))
        for (const item of Items) yield { id: idOfImageItem(item as Item), deletedAt: Number(item.since) };
    },

    bury: async (id) => {
      const tombstone = await read(imageItemKey(id));
      if (tombstone?.deletedAt === undefined) return;
      const versions = paginateQuery(
        { client: dynamo },
        {
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :version)',
          ExpressionAttributeValues: { ':pk': tombstone.pk, ':version': versionItemPrefix },
          ProjectionExpression: 'pk, sk',
          ConsistentRead: true,
        },
      );
      for await (const { Items = [] } of versions) await removeItems(dynamo, tableName, Items as Key[]);
      await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: imageItemKey(id),
          ConditionExpression: 'attribute_exists(deletedAt)',
          UpdateExpression: 'REMOVE #open, #since',
          ExpressionAttributeNames: { '#open': indexes.open.partitionKey, '#since': indexes.open.sortKey },
        }),
      );
    },
  };

  function moveImage(image: ImageItem, to: Version): Write {
    const visible =
      to.status === 'ready' && to.version > image.visibleVersion ? { visible: to, visibleVersion: to.version } : {};
    const newest = to.version === image.newestVersion ? newestFields(image.collection, to) : {};
    const changes = { ...newest, ...visible };
    if (Object.keys(changes).length > 0) return updateImage(image, changes);
    return { ConditionCheck: { TableName: tableName, Key: imageItemKey(image.id), ...unchanged(image) } };
  }
};

// ── conditions ──────────────────────────────────────────────────────────────────────────────────────────────

const onlyIfNew = { ConditionExpression: 'attribute_not_exists(pk)' };

/** The life of a version, as a condition: the store itself refuses what is late and what is illegal. */
const onlyFrom = (to: Version) => {
  const origins = Object.keys(moves).filter((from) => isLegalMove(from as Status, to.status));
  const names = origins.map((_, at) => `:from${at}`);
  return {
    ConditionExpression: `revision = :before AND #status IN (${names.join(', ')})`,
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':before': to.revision - 1,
      ...Object.fromEntries(origins.map((from, at) => [`:from${at}`, from])),
    },
  };
};

const isLostRace = (error: unknown): boolean =>
  error instanceof Object &&
  'name' in error &&
  (error.name === 'ConditionalCheckFailedException' || error.name === 'TransactionConflictException');

// ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────

const listOf = ({ collection, status }: ListQuery) => {
  const { all, both, collection: byCollection, status: byStatus } = table.indexes;
  if (collection !== undefined && status !== undefined) return { index: both, partition: bothKey(collection, status) };
  if (collection !== undefined) return { index: byCollection, partition: collection };
  if (status !== undefined) return { index: byStatus, partition: status };
  return { index: all, partition: everyImage };
};

const belongs = (image: ImageItem, { collection, status }: ListQuery): boolean =>
  (collection === undefined || image.collection === collection) &&
  (status === undefined || image.newest.status === status);

const everything = {
  KeyConditionExpression: '#partition = :partition AND #sort >= :dawn',
  ExpressionAttributeValues: { ':dawn': 0 },
};

/** The most that one call may remove. */
const itemsPerWrite = 25;

const removeItems = async (dynamo: DynamoDBDocumentClient, tableName: string, keys: readonly Key[]): Promise<void> => {
  const left = keys.map((Key) => ({ DeleteRequest: { Key } }));
  while (left.length > 0) {
    const { UnprocessedItems } = await dynamo.send(
      new BatchWriteCommand({ RequestItems: { [tableName]: left.splice(0, itemsPerWrite) } }),
    );
    left.push(...((UnprocessedItems?.[tableName] ?? []) as typeof left));
  }
};
