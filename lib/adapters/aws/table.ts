import type { ImageId } from '../../core/ids.ts';
import type { Instant, Status } from '../../core/image.ts';

/**
 * The one table, and every key in it.
 *
 * | item      | pk            | sk              | what it is                                                    |
 * |-----------|---------------|-----------------|---------------------------------------------------------------|
 * | image     | `image#{id}`  | `image`         | with its newest and its visible version; a tombstone at last  |
 * | version   | `image#{id}`  | `version#{n}`   | a version that is no longer the newest                        |
 * | claim     | `claim#{key}` | `claim`, `job`  | what the first request under an idempotency key added         |
 * | job       | `job#{id}`    | `job`           | a reprocess of many images                                    |
 * | turn      | `turn#{name}` | `turn`          | until when one run of a chore holds the lease                |
 * | note      | `note#{name}` | `note`          | where a chore goes on                                         |
 * | event     | `event#{id}`  | `{n}#{type}`    | what is published, written with the move that causes it       |
 *
 * The indexes hold keys only, so an index is written to only when an image enters or leaves one of its lists, and what
 * is listed is read from the table itself. Each list of images is divided into `shards`.
 */
export const table = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'forgetAt',
  /** Only event items have it; the filter of the stream looks for it. */
  eventAttribute: 'event',
  indexes: {
    all: { name: 'byAge', partitionKey: 'inAll', sortKey: 'position', sortType: 'S' },
    collection: { name: 'byCollection', partitionKey: 'inCollection', sortKey: 'position', sortType: 'S' },
    status: { name: 'byStatus', partitionKey: 'inStatus', sortKey: 'position', sortType: 'S' },
    both: { name: 'byCollectionAndStatus', partitionKey: 'inBoth', sortKey: 'position', sortType: 'S' },
    /** Sparse: only what is not finished. */
    open: { name: 'open', partitionKey: 'open', sortKey: 'since', sortType: 'N' },
  },
} as const satisfies {
  indexes: Record<string, { name: string; partitionKey: string; sortKey: string; sortType: 'S' | 'N' }>;
  [other: string]: unknown;
};

export type Key = { readonly pk: string; readonly sk: string };

export const imageItemKey = (id: ImageId): Key => ({ pk: `image#${id}`, sk: 'image' });
export const versionItemKey = (id: ImageId, version: number): Key => ({
  pk: `image#${id}`,
  sk: `${versionItemPrefix}${version}`,
});
export const versionItemPrefix = 'version#';
export const claimItemKey = (key: string): Key => ({ pk: `claim#${key}`, sk: 'claim' });
export const jobClaimItemKey = (key: string): Key => ({ pk: `claim#${key}`, sk: 'job' });
export const jobItemKey = (id: string): Key => ({ pk: `job#${id}`, sk: 'job' });
export const turnItemKey = (name: string): Key => ({ pk: `turn#${name}`, sk: 'turn' });
export const noteItemKey = (name: string): Key => ({ pk: `note#${name}`, sk: 'note' });
export const eventItemKey = (id: ImageId, type: string, version?: number): Key => ({
  pk: `event#${id}`,
  sk: `${version ?? 'image'}#${type}`,
});

/** Sorts as text the way (createdAt, id) sorts. */
export const position = (createdAt: Instant, id: ImageId): string => `${String(createdAt).padStart(16, '0')}#${id}`;

/** The lists in which an image appears. */
export const everyImage = 'images';
export const bothKey = (collection: string, list: StatusList): string => `${collection}#${list}`;

/**
 * The lists of the statuses, in the order of a life. All unfinished images share one list, so the start of a render writes
 * to no list. A reader takes the status from the table.
 */
export const statusLists = ['unfinished', 'ready', 'failed', 'expired'] as const;
export type StatusList = (typeof statusLists)[number];
export const statusListOf = (status: Status): StatusList =>
  status === 'pending' || status === 'processing' || status === 'retrying' ? 'unfinished' : status;

/** Why an image or a version is in the list of open work. Stored words, so they stay: an open deletion is `unburied`. */
export const openVersion = 'unfinished';
export const openTombstone = 'unburied';

/**
 * Each list of images has this many partitions in its index. One partition takes 1,000 writes a second, and DynamoDB
 * does not split one whose sort key only grows. An upload writes up to four times to one list (`open`).
 * docs/aws.md#ceilings
 */
export const shards = 8;

/** The partition of a list that holds an image. Ids are random, so each partition gets its share. */
export const shardKey = (list: string, id: ImageId): string =>
  shardKeyOf(list, [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % shards);

export const shardKeys = (list: string): readonly string[] =>
  Array.from({ length: shards }, (_, shard) => shardKeyOf(list, shard));

const shardKeyOf = (list: string, shard: number): string => `${list}#${shard}`;

/** Jobs are few: a list of them is one partition. */
export const everyJob = 'jobs';
export const openJob = 'running';

export const idOfImageItem = ({ pk }: Key): ImageId => pk.slice('image#'.length);
