import {
  type DynamoDBDocumentClient,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type Image, isUnfinished, type Status } from '../../core/image.ts';
import type { Catalogue, ListQuery } from '../../ports.ts';
import { type ImageItem, imageOf, isUnburied, living, tombstoneOf, type VersionItem } from './catalogue-items.ts';
import { mergedLists } from './merged-lists.ts';
import { type Item, readItems } from './read-items.ts';
import { bothKey, everyImage, imageItemKey, openTombstone, openVersion, position, table } from './table.ts';

/** Lists, read through indexes. An index is eventually consistent, so each item is read again from the table. */
export const catalogueLists = (
  dynamo: DynamoDBDocumentClient,
  tableName: string,
): Pick<Catalogue, 'list' | 'unfinished' | 'unburied'> => {
  const { indexes } = table;

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

  /** The images in one list of an index. */
  const listAlong = async (wanted: ListQuery, status: Status | undefined): ReturnType<Catalogue['list']> => {
    const { index, partition } = listOf(wanted.collection, status);
    const isOldestFirst = wanted.order === 'oldest';
    const beyond = isOldestFirst ? '>' : '<';
    const items: Image[] = [];
    let after = wanted.after && position(wanted.after.createdAt, wanted.after.id);
    for (;;) {
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          ...query(index, partition, {
            KeyConditionExpression: `#partition = :partition AND #sort ${after === undefined ? '> :low' : `${beyond} :after`}`,
            ExpressionAttributeValues: after === undefined ? { ':low': ' ' } : { ':after': after },
          }),
          ScanIndexForward: isOldestFirst,
          Limit: wanted.limit + 1 - items.length,
        }),
      );
      // The index is eventually consistent: the table decides whether an image still belongs in the list.
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
  };

  return {
    list: (wanted) => mergedLists(wanted, (status) => listAlong(wanted, status)),

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
          if (body && isUnfinished(body) && since(version) <= unmovedSince && alive.has(body.id)) yield body;
        }
      }
    },

    async *unburied() {
      for await (const { Items = [] } of paginateQuery(
        { client: dynamo },
        query(indexes.open, openTombstone, everything),
      ))
        for (const item of await readItems(dynamo, tableName, Items as Item[]))
          if (item && isUnburied(item)) yield tombstoneOf(item);
    },
  };
};

const since = (version: VersionItem): number => Number(version[table.indexes.open.sortKey]);

const listOf = (collection: string | undefined, status: Status | undefined) => {
  const { all, both, collection: byCollection, status: byStatus } = table.indexes;
  if (collection !== undefined && status !== undefined) return { index: both, partition: bothKey(collection, status) };
  if (collection !== undefined) return { index: byCollection, partition: collection };
  if (status !== undefined) return { index: byStatus, partition: status };
  return { index: all, partition: everyImage };
};

const belongs = (image: ImageItem, { collection, statuses }: ListQuery): boolean =>
  (collection === undefined || image.collection === collection) &&
  (statuses === undefined || statuses.includes(image.newest.status));

const everything = {
  KeyConditionExpression: '#partition = :partition AND #sort >= :dawn',
  ExpressionAttributeValues: { ':dawn': 0 },
};
