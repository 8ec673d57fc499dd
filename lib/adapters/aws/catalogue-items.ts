import type { ImageEvent } from '../../core/events.ts';
import { type Image, type Instant, isUnfinished, type Ready, type Status, type Version } from '../../core/image.ts';
import type { ImageChanges, NewImage, Tombstone } from '../../ports.ts';
import { packVersion, unpackVersion } from './packed-version.ts';
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
  statusListOf,
  table,
  versionItemKey,
} from './table.ts';

/** Converts between our types and the items of the table. */

export type ImageItem = Item &
  Omit<NewImage, 'id'> & {
    /** The newest version, packed. */
    readonly newest: Uint8Array;
    readonly newestVersion: number;
    readonly status: Status;
    readonly revision: number;
    /** Whose write made the newest version what it is: a repeated write recognises itself by it. */
    readonly writtenBy: string;
    /** The version that people see, packed; absent if there is none, or if it is the newest. */
    readonly visible?: Uint8Array;
    readonly visibleVersion: number;
    readonly progress: number;
    readonly position: string;
    readonly [table.indexes.open.sortKey]?: Instant;
  };
/** A version that is no longer the newest of its image. */
export type VersionItem = Item & {
  readonly body: Uint8Array;
  readonly revision: number;
  readonly status: Status;
  readonly [table.indexes.open.sortKey]?: Instant;
};

/** Undefined for a tombstone, which is an item too. */
export const living = (item: Item | undefined): ImageItem | undefined =>
  item && item.deletedAt === undefined ? (item as ImageItem) : undefined;

export const imageItem = ({ id, ...image }: NewImage, first: Version, writtenBy: string) => ({
  ...imageItemKey(id),
  ...image,
  visibleVersion: 0,
  [table.indexes.all.partitionKey]: shardKey(everyImage, id),
  ...(image.collection !== null && {
    [table.indexes.collection.partitionKey]: shardKey(image.collection, id),
  }),
  [table.indexes.all.sortKey]: position(image.createdAt, id),
  ...newestFields(image.collection, first, writtenBy),
});

/** Of an image that comes from another home with all its versions. */
export const takenImageItem = (image: NewImage, newest: Version, visible: Ready | undefined) => ({
  ...imageItem(image, newest, 'intake'),
  visibleVersion: visible?.version ?? 0,
  ...(visible && visible.version !== newest.version && { visible: packVersion(visible) }),
});

/** Changed fields of an image, and the index keys that follow from them. */
export const changedFields = (image: ImageItem, changes: ImageChanges) => {
  if (Object.keys(changes).length === 0) return {};
  const { collection } = { ...image, ...changes };
  return {
    ...changes,
    [table.indexes.collection.partitionKey]:
      collection === null ? undefined : shardKey(collection, idOfImageItem(image)),
  };
};

/** Everything that follows from the newest version. A field without a value is removed. */
export const newestFields = (collection: string | null, newest: Version, writtenBy: string) => ({
  newest: packVersion(newest),
  newestVersion: newest.version,
  status: newest.status,
  revision: newest.revision,
  writtenBy,
  [table.indexes.status.partitionKey]: shardKey(statusListOf(newest.status), newest.id),
  [table.indexes.both.partitionKey]:
    collection === null ? undefined : shardKey(bothKey(collection, statusListOf(newest.status)), newest.id),
  ...openFields(newest, newest.updatedAt),
  progress: 0,
  progressAttempt: newest.attempts,
});

const openFields = (version: Version, since: Instant) => ({
  [table.indexes.open.partitionKey]: isUnfinished(version) ? shardKey(openVersion, version.id) : undefined,
  [table.indexes.open.sortKey]: isUnfinished(version) ? since : undefined,
});

/** A tombstone with work left to do; beside its key it holds this alone. */
export type TombstoneItem = Item & { readonly deletedAt: Instant; readonly purgedAt?: Instant; readonly late?: true };

export const isOpenDeletion = (item: Item): item is TombstoneItem =>
  item[table.indexes.open.partitionKey] === shardKey(openTombstone, idOfImageItem(item));

export const takenTombstoneItem = ({ id, deletedAt, purgedAt, late }: Tombstone) => ({
  ...imageItemKey(id),
  deletedAt,
  ...(purgedAt !== null && { purgedAt }),
  ...(late && { late }),
  [table.indexes.open.partitionKey]: shardKey(openTombstone, id),
  [table.indexes.open.sortKey]: deletedAt,
});

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
  'status',
  'revision',
  'writtenBy',
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

/** `since` if it was sent to the queue again after its last move. */
export const versionItem = (version: Version, since: Instant = version.updatedAt) => ({
  ...versionItemKey(version.id, version.version),
  body: packVersion(version),
  revision: version.revision,
  status: version.status,
  ...openFields(version, since),
});

/** The stream delivers an event within seconds, at the latest after a day; after that the item is only for reading. */
export const eventItem = (event: ImageEvent, keptDays: number) => ({
  ...eventItemKey(event.id, event.type, 'version' in event ? event.version : undefined),
  [table.eventAttribute]: JSON.stringify(event),
  [table.timeToLive]: Math.ceil(event.at / 1000) + keptDays * daySeconds,
});

const daySeconds = 24 * 3600;

export const newestOf = ({ newest }: ImageItem): Version => unpackVersion(newest);

export const visibleOf = ({ newest, newestVersion, visible, visibleVersion }: ImageItem): Ready | null => {
  const shown = visibleVersion === newestVersion ? newest : visible;
  return shown ? (unpackVersion(shown) as Ready) : null;
};

export const bodyOf = ({ body }: VersionItem): Version => unpackVersion(body);

export const imageOf = (item: ImageItem): Image => {
  const { collection, filename, createdAt, newestVersion, visibleVersion, progress } = item;
  const newest = newestOf(item);
  return {
    id: idOfImageItem(item),
    collection,
    filename,
    createdAt,
    updatedAt: newest.updatedAt,
    newest,
    progress: newest.status === 'ready' ? 1 : progress,
    visible: visibleVersion === newestVersion ? (newest as Ready) : visibleOf(item),
  };
};
