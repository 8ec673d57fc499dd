import type { ImageEvent } from '../../core/events.ts';
import { type Image, type Instant, isUnfinished, type Ready, type Version } from '../../core/image.ts';
import type { ImageChanges, NewImage, Tombstone } from '../../ports.ts';
import type { Item } from './read-items.ts';
import {
  bothKey,
  eventItemKey,
  everyImage,
  idOfImageItem,
  imageItemKey,
  openTombstone,
  openVersion,
  position,
  shardKey,
  table,
  versionItemKey,
} from './table.ts';

/** Converts between our types and the items of the table. */

export type ImageItem = Item &
  NewImage & {
    readonly newest: Version;
    readonly newestVersion: number;
    readonly visible: Ready | null;
    readonly visibleVersion: number;
    readonly progress: number;
    readonly position: string;
  };
export type VersionItem = Item & { readonly body: Version; readonly [table.indexes.open.sortKey]?: number };

/** Undefined for a tombstone, which is an item too. */
export const living = (item: Item | undefined): ImageItem | undefined =>
  item && item.deletedAt === undefined ? (item as ImageItem) : undefined;

export const imageItem = (image: NewImage, first: Version) => ({
  ...imageItemKey(image.id),
  ...image,
  visible: null,
  visibleVersion: 0,
  [table.indexes.all.partitionKey]: shardKey(everyImage, image.id),
  ...(image.collection !== null && {
    [table.indexes.collection.partitionKey]: shardKey(image.collection, image.id),
  }),
  [table.indexes.all.sortKey]: position(image.createdAt, image.id),
  ...newestFields(image.collection, first),
});

/** Changed fields of an image, and the index keys that follow from them. */
export const changedFields = (image: ImageItem, changes: ImageChanges) => {
  if (Object.keys(changes).length === 0) return {};
  const { id, collection } = { ...image, ...changes };
  return {
    ...changes,
    [table.indexes.collection.partitionKey]: collection === null ? undefined : shardKey(collection, id),
  };
};

export const newestFields = (collection: string | null, newest: Version) => ({
  newest,
  newestVersion: newest.version,
  [table.indexes.status.partitionKey]: shardKey(newest.status, newest.id),
  [table.indexes.both.partitionKey]:
    collection === null ? undefined : shardKey(bothKey(collection, newest.status), newest.id),
  progress: 0,
  progressAttempt: newest.attempts,
});

/** A tombstone with work left to do; beside its key it holds this alone. */
export type TombstoneItem = Item & { readonly deletedAt: Instant; readonly purgedAt?: Instant; readonly late?: true };

export const isUnburied = (item: Item): item is TombstoneItem =>
  item[table.indexes.open.partitionKey] === shardKey(openTombstone, idOfImageItem(item));

export const tombstoneOf = (item: TombstoneItem): Tombstone => ({
  id: idOfImageItem(item),
  deletedAt: item.deletedAt,
  purgedAt: item.purgedAt ?? null,
  late: item.late ?? false,
});

/** The fields that a tombstone does not keep. */
export const forgotten = [
  'collection',
  'filename',
  'newest',
  'newestVersion',
  'visible',
  'visibleVersion',
  'progress',
  'progressAttempt',
  table.indexes.all.partitionKey,
  table.indexes.collection.partitionKey,
  table.indexes.status.partitionKey,
  table.indexes.both.partitionKey,
  table.indexes.all.sortKey,
];

export const versionItem = (version: Version) => ({
  ...versionItemKey(version.id, version.version),
  body: version,
  revision: version.revision,
  status: version.status,
  ...(isUnfinished(version) && {
    [table.indexes.open.partitionKey]: shardKey(openVersion, version.id),
    [table.indexes.open.sortKey]: version.updatedAt,
  }),
});

/** The stream delivers an event within seconds, at the latest after a day; after that the item is only for reading. */
export const eventItem = (event: ImageEvent, keptDays: number) => ({
  ...eventItemKey(event.id, event.type, 'version' in event ? event.version : undefined),
  [table.eventAttribute]: JSON.stringify(event),
  [table.timeToLive]: Math.ceil(event.at / 1000) + keptDays * daySeconds,
});

const daySeconds = 24 * 3600;

export const imageOf = ({ id, collection, filename, createdAt, newest, progress, visible }: ImageItem): Image => ({
  id,
  collection,
  filename,
  createdAt,
  updatedAt: newest.updatedAt,
  newest,
  progress: newest.status === 'ready' ? 1 : progress,
  visible,
});
