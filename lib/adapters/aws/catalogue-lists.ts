import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { type Image, isUnfinished, type Version } from '../../core/image.ts';
import type { Catalogue, ListPosition, ListQuery, ListShare } from '../../ports.ts';
import {
  bodyOf,
  type ImageItem,
  imageOf,
  isOpenDeletion,
  living,
  newestOf,
  tombstoneOf,
  type VersionItem,
} from './catalogue-items.ts';
import { batches, merged, take } from './merged.ts';
import { mergedLists } from './merged-lists.ts';
import { type Item, readItems } from './read-items.ts';
import {
  bothKey,
  everyImage,
  imageItemKey,
  openTombstone,
  openVersion,
  position,
  type StatusList,
  shardKeys,
  shards,
  table,
  versionItemPrefix,
} from './table.ts';

/**
 * Lists, read through indexes: the shards of a list side by side, and merged. An index is eventually consistent, so each
 * item is read again from the table.
 */
export const catalogueLists = (
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  mostLooked = usuallyLooked,
): Pick<Catalogue, 'partitions' | 'list' | 'unfinished' | 'openDeletions'> => {
  const { indexes } = table;

  async function* pages(
    { name, partitionKey, sortKey }: (typeof indexes)[keyof typeof indexes],
    partition: string,
    { sorted, bound, backwards = false }: Range,
    pageSize: number,
  ): AsyncGenerator<readonly Item[]> {
    const query = {
      TableName: tableName,
      IndexName: name,
      KeyConditionExpression: `#partition = :partition AND #sort ${sorted} :bound`,
      ExpressionAttributeNames: { '#partition': partitionKey, '#sort': sortKey },
      ExpressionAttributeValues: { ':partition': partition, ':bound': bound },
      ScanIndexForward: !backwards,
    };
    for await (const { Items = [] } of paginateQuery({ client: dynamo, pageSize }, query)) yield Items as Item[];
  }

  const openWork = (list: string, until: number, { number, of }: ListShare = { number: 0, of: 1 }) =>
    batches(
      merged(
        shardKeys(list)
          .filter((_, shard) => shard % of === number)
          .map((shard) => pages(indexes.open, shard, { sorted: '<=', bound: until }, batchSize)),
        (one, other) => since(one) - since(other),
      ),
      batchSize,
    );

  /** The images in one list of an index. */
  const listAlong = async (wanted: ListQuery, among: StatusList | undefined): ReturnType<Catalogue['list']> => {
    const { index, list } = listOf(wanted.collection, among);
    const { limit, after, partition } = wanted;
    const wantedShards = shardKeys(list).filter((_, shard) => partition === undefined || shard === partition);
    const isOldestFirst = wanted.order === 'oldest';
    const bound = after && position(after.createdAt, after.id);
    const range = {
      sorted: bound === undefined || isOldestFirst ? '>' : '<',
      bound: bound ?? ' ',
      backwards: !isOldestFirst,
    } as const;
    const keys = merged(
      wantedShards.map((shard) => pages(index, shard, range, shareOf(limit, wantedShards.length))),
      (one, other) => (positionOf(one) > positionOf(other) === isOldestFirst ? 1 : -1),
    );
    const items: Image[] = [];
    for (let looked = 0; ; ) {
      const wantedKeys = limit + 1 - items.length;
      const found = await take(keys, wantedKeys);
      looked += found.length;
      // The index is eventually consistent: the table decides whether an image still belongs in the list.
      for (const item of await readItems(dynamo, tableName, found)) {
        const image = living(item);
        if (image && belongs(image, wanted)) items.push(imageOf(image));
      }
      const last = items[limit - 1];
      if (items.length > limit && last)
        return { items: items.slice(0, limit), next: { createdAt: last.createdAt, id: last.id } };
      if (found.length < wantedKeys) return { items, next: undefined };
      const lastLooked = found.at(-1);
      if (looked >= mostLooked && lastLooked) return { items, next: placeOf(lastLooked) };
    }
  };

  return {
    partitions: shards,

    list: (wanted) => mergedLists(wanted, (among) => listAlong(wanted, among)),

    async *unfinished(unmovedSince, share) {
      for await (const keys of openWork(openVersion, unmovedSince, share)) {
        const items = await readItems(dynamo, tableName, keys);
        const older = items.filter(isOlderVersion);
        const images = await readItems(
          dynamo,
          tableName,
          older.map((item) => imageItemKey(bodyOf(item).id)),
        );
        const alive = new Set(images.flatMap((image) => living(image)?.pk ?? []));
        for (const item of items) {
          const version = item && versionIn(item, alive);
          if (item && version && isUnfinished(version) && since(item) <= unmovedSince) yield version;
        }
      }
    },

    async *openDeletions(share) {
      for await (const keys of openWork(openTombstone, Number.MAX_SAFE_INTEGER, share))
        for (const item of await readItems(dynamo, tableName, keys))
          if (item && isOpenDeletion(item)) yield tombstoneOf(item);
    },
  };
};

const isOlderVersion = (item: Item | undefined): item is VersionItem => item?.sk.startsWith(versionItemPrefix) ?? false;

/** The newest version of an image, or an older one of an image that is alive. */
const versionIn = (item: Item, alive: ReadonlySet<string>): Version | undefined => {
  if (isOlderVersion(item)) return alive.has(item.pk) ? bodyOf(item) : undefined;
  const image = living(item);
  return image && newestOf(image);
};

/** Which part of a partition to read, in the order of its sort key or backwards. */
type Range = { readonly sorted: '<' | '<=' | '>'; readonly bound: string | number; readonly backwards?: boolean };

/** The most items that one call reads. */
const batchSize = 100;

/** A page that has looked at so many entries ends, however few of them belong in it, so that a request ends in time. */
const usuallyLooked = 2000;

/** How many entries to ask of each shard for one page: its share and, of several, half of that again, as the shares vary. */
const shareOf = (limit: number, among: number): number =>
  among === 1 ? limit + 1 : Math.ceil((1.5 * (limit + 1)) / among) + 2;

const since = (item: Item): number => Number(item[table.indexes.open.sortKey]);
const positionOf = (item: Item): string => String(item[table.indexes.all.sortKey]);

const placeOf = (item: Item): ListPosition => {
  const [createdAt, id = ''] = positionOf(item).split('#');
  return { createdAt: Number(createdAt), id };
};

const listOf = (collection: string | undefined, among: StatusList | undefined) => {
  const { all, both, collection: byCollection, status: byStatus } = table.indexes;
  if (collection !== undefined && among !== undefined) return { index: both, list: bothKey(collection, among) };
  if (collection !== undefined) return { index: byCollection, list: collection };
  if (among !== undefined) return { index: byStatus, list: among };
  return { index: all, list: everyImage };
};

const belongs = (image: ImageItem, { collection, statuses }: ListQuery): boolean =>
  (collection === undefined || image.collection === collection) &&
  (statuses === undefined || statuses.includes(image.status));
