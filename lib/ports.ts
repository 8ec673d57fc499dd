import type { BulkJob, DollarsOf } from './core/bulk-job.ts';
import type { Config, Limits } from './core/config.ts';
import type { figureNames } from './core/figures.ts';
import type { ContentType } from './core/formats.ts';
import type {
  Cut,
  Image,
  Instant,
  Original,
  Pending,
  Rendering,
  Spent,
  Status,
  Unfinished,
  Variant,
  Version,
} from './core/image.ts';
import type { reasons } from './core/manifest.ts';
import type { VersionRef } from './core/object-keys.ts';
import type { Preset } from './core/presets.ts';

/** What the pipeline needs from the outside. Trouble rejects; absence is `undefined`; a lost race is `false`. */

/** All of it. A step takes what it uses: `Pick<Ports, 'catalogue' | 'clock'>`. */
export type Ports = {
  readonly catalogue: Catalogue;
  readonly jobs: BulkJobs;
  readonly originals: ObjectStore;
  readonly variants: ObjectStore;
  readonly tickets: TicketOffice;
  readonly queue: TaskQueue;
  readonly renderer: Renderer;
  readonly edge: Edge | undefined;
  /** Whether a CDN keeps copies, which have to be invalidated too: a function that deletes need not reach it. */
  readonly hasEdge: boolean;
  readonly lanes: LaneEngine;
  readonly turns: Turns;
  readonly notes: Notes;
  readonly figures: Figures;
  readonly clock: Clock;
  /** Leases are counted by it where all renderers share it, because no adjustment moves it; otherwise by `clock`. */
  readonly steady?: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly config: Config;
  /** What work costs, in the home that has prices. */
  readonly dollarsOf?: DollarsOf;
  /** The recipe by which a preset would be rendered now. */
  readonly recipeOf: (preset: Preset, keepCopyright?: boolean) => string;
};

export type Clock = { now(): Instant };
export type Chance = { bytes(count: number): Uint8Array };
export type Log = Record<'info' | 'warn' | 'error', (message: string, facts?: Record<string, unknown>) => void>;

/** Bytes under keys. A reader sees an object whole or not at all. */
export type ObjectStore = {
  /** Writes or replaces. When it resolves the object outlives a power cut. Its headers follow from its key. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Resolves to undefined when nothing is stored under the key. */
  get(key: string): Promise<Uint8Array | undefined>;
  head(key: string): Promise<StoredObject | undefined>;
  /**
   * Copies an object whose bytes have this SHA-256 (base64), inside the store where that is possible. False if nothing is
   * stored under `from`, or other bytes are: then `to` may hold those bytes, and the caller puts the right ones.
   */
  copy(from: string, to: string, sha256: string): Promise<boolean>;
  /** Every object whose key begins with the prefix, in the order of the keys. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Removing a key under which nothing is stored succeeds. */
  remove(keys: readonly string[]): Promise<void>;
};
export type StoredObject = { readonly key: string; readonly bytes: number; readonly modifiedAt: Instant };

/** A store of the one-box home, which serves its objects itself and keeps what an audit removes in a trash. */
export type ServedStore = ObjectStore & {
  /** The bytes of a stored object; both ends of a range are included. */
  stream(key: string, range?: { readonly start: number; readonly end: number }): Promise<NodeJS.ReadableStream>;
  /** Removes half-written objects that nothing has been written to since. Only safe where no writer takes longer. */
  tidy(since: Instant): Promise<void>;
  /** Moves objects into the trash, below a folder named after the day. Discarding a missing object succeeds. */
  discard(keys: readonly string[], at: Instant): Promise<void>;
  /** Removes for good what was discarded on a day that ended before; resolves to the days that are gone. */
  emptyTrash(before: Instant): Promise<readonly string[]>;
};

/** Signs the requests with which a client may reach the originals directly: exactly these, and no others. */
export type TicketOffice = {
  /** The store behind it accepts this PUT once, with exactly these headers and length, until it expires. */
  upload(key: string, terms: UploadTerms, expiresAt: Instant): Promise<SignedRequest>;
  /** A URL that downloads the original as an attachment of this name until it expires. */
  download(key: string, filename: string, expiresAt: Instant): Promise<string>;
};
export type UploadTerms = { readonly contentType: ContentType; readonly bytes: number; readonly sha256: string | null };
export type SignedRequest = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** A bucket that holds the objects of a one-box home instead of its data folder. */
export type ObjectBucket = {
  /** As a person writes it: `s3://bucket/path`. */
  readonly place: string;
  readonly objects: ServedStore;
  /** Signs requests that reach the bucket without us. */
  readonly tickets: TicketOffice;
  /** Of those requests. */
  readonly origin: string;
};

/** The CDN in front of the variants, for deletions; undefined in a home without one. */
export type Edge = {
  /**
   * Invalidates every file of these images at the CDN. Resolves to the number of images that
   * it has accepted, from the first on: of those it will not serve its present copies. The number is smaller, or 0, if
   * the CDN is busy; trouble rejects, and then nothing is promised. A repeat is safe, and a new invalidation: a file may
   * have been fetched since the one before.
   */
  forget(ids: readonly string[], reason: PurgeReason): Promise<number>;
  /** The most images that one call may name. */
  readonly atOnce: number;
};
/** `late`: files that were stored after the deletion, and may have been fetched after the CDN was told the first time. */
export type PurgeReason = 'deleted' | 'late';

/** All images and their versions. It refuses illegal moves itself. A removed image is not found any more. */
export type Catalogue = {
  /** Adds a new image with its first version; rejects when the id is taken. */
  add(image: NewImage, first: Pending, claim?: Claim): Promise<Added>;
  /**
   * Adds the next version of an image, numbered by the catalogue, together with the changes to the image. `no-image` if
   * the image does not exist; `not-newest` if `after` is given and is no longer the newest version. So of concurrent
   * callers with the same `after`, exactly one succeeds. What was added under the claim before is the answer for any `after`, so
   * 0, which no version has, asks for that alone.
   */
  addVersion(next: NextVersion): Promise<Added | 'no-image' | 'not-newest'>;
  find(id: string): Promise<Image | undefined>;
  version(id: string, version: number): Promise<Version | undefined>;
  /**
   * Replaces a version by the next one in its life, updates `newest` and `visible` of its image, and adds the event of
   * the move (`eventOf`): all or nothing. `visible` only ever goes forward. False when the stored version is not at the
   * revision before `to`, or its image was removed. Rejects a move that the life of a version does not have.
   */
  move(to: Version): Promise<boolean>;
  /** As `move` for each of them, in few calls; resolves to how many have moved. After trouble some may have moved. */
  moveAll(all: readonly Version[]): Promise<number>;
  /** Notes the progress of an attempt. It is a hint: it may be lost, and it never prevents a move. */
  report(attempt: VersionRef & { readonly attempt: number }, progress: number): Promise<void>;
  /** Every list is kept in so many partitions, of about the same length, which can be read beside each other. */
  readonly partitions: number;
  /** By the age of the images. `after` is the end of the previous page. */
  list(query: ListQuery): Promise<{ readonly items: readonly Image[]; readonly next: ListPosition | undefined }>;
  /** Versions that have not ended, and have neither moved nor been sent to the queue again since the instant; the oldest first. */
  unfinished(unmovedSince: Instant, share?: ListShare): AsyncIterable<Unfinished>;
  /**
   * Notes that a version was sent to the queue again: for `unfinished` alone it counts as moved at the instant, which
   * may lie in the future. Does nothing if the version has ended.
   */
  noteRequeued(ref: VersionRef, asOf: Instant): Promise<void>;
  /** Leaves a tombstone, which is kept until nothing can come late any more; undefined if there is no such image. */
  remove(id: string, at: Instant): Promise<Tombstone | undefined>;
  /** Tombstones with work left: objects may remain, or the CDN may not have been told. The oldest first. */
  openDeletions(share?: ListShare): AsyncIterable<Tombstone>;
  /**
   * Notes that the CDN has been told to forget a removed image, and adds the event that says so: both or neither, and
   * only the first time.
   */
  notePurged(id: string, at: Instant): Promise<void>;
  /** Notes that a variant was found after the deletion, so that the CDN may have fetched it. Never taken back. */
  noteLate(id: string): Promise<void>;
  /** Notes that every object of a removed image is gone, and that the CDN has forgotten it. */
  closeDeletion(id: string): Promise<void>;
};
export type NewImage = Pick<Image, 'id' | 'collection' | 'filename' | 'createdAt'>;
export type NextVersion = {
  readonly id: string;
  readonly draft: (version: number) => Pending;
  readonly claim?: Claim | undefined;
  readonly changes?: ImageChanges;
  readonly after?: number | undefined;
};
export type ImageChanges = Partial<Pick<Image, 'collection' | 'filename'>>;
export type Tombstone = {
  readonly id: string;
  readonly deletedAt: Instant;
  /** When the CDN was told to forget the image; null until then. */
  readonly purgedAt: Instant | null;
  /** Whether a variant was found after the deletion. */
  readonly late: boolean;
};
/** One of so many shares of a list, from 0 on. No image is in two of them, each is in one, and a share may be empty. */
export type ListShare = { readonly number: number; readonly of: number };
export type ListPosition = { readonly createdAt: Instant; readonly id: string };
export type ListQuery = {
  readonly collection?: string | undefined;
  /** Images whose newest version has one of these; all images if left out. */
  readonly statuses?: readonly Status[] | undefined;
  /** Only this partition of the list, from 0 on. @default all of them */
  readonly partition?: number | undefined;
  /** @default 'newest' first */
  readonly order?: 'newest' | 'oldest' | undefined;
  readonly limit: number;
  readonly after?: ListPosition | undefined;
};
/** An idempotency key: only the first request under it adds anything; a repeat until `expiresAt` gets what the first one added. */
export type Claim = { readonly key: string; readonly fingerprint: string; readonly expiresAt: Instant };
/**
 * What was added, now or by an earlier request under the same claim. `made` is the version if this call made it;
 * `fingerprint` is that of the request which did, null without a claim.
 */
export type Added = VersionRef & { readonly made?: Pending; readonly fingerprint: string | null };

/**
 * Takes images of another home into a catalogue, as they are there: no event is added, and what the catalogue knows already
 * stays. So running it twice is safe.
 */
export type Intake = {
  /** An image and all its versions, the newest last. False if it is known, or was known and removed. */
  takeImage(image: NewImage, versions: readonly Version[]): Promise<boolean>;
  /** Of a removed image that has work left. False as above. */
  takeTombstone(tombstone: Tombstone): Promise<boolean>;
};

/** A home in the cloud, as a command sees it that moves pictures there or from there. */
export type CloudHome = {
  /** As a person writes it: `aws:Darkroom`. */
  readonly place: string;
  readonly originals: ObjectStore;
  readonly variants: ObjectStore;
  readonly catalogue: Catalogue;
  readonly intake: Intake;
};

/** Bulk work that goes on for longer than a request. */
export type BulkJobs = {
  /** With a claim, a repeat gets the job that the first request added; `fingerprint` as in `Added`. */
  add(job: BulkJob, claim?: Claim): Promise<{ readonly job: BulkJob; readonly fingerprint: string | null }>;
  find(id: string): Promise<BulkJob | undefined>;
  /** Replaces a job by what became of it; false when the stored one is not at the revision before. */
  save(job: BulkJob): Promise<boolean>;
  /** Newest first, without lanes. `after` is the end of the previous page. */
  list(query: Pick<ListQuery, 'limit' | 'after'>): Promise<{
    readonly items: readonly BulkJob[];
    readonly next: ListPosition | undefined;
  }>;
  /** Every job that is open (`isOpen`), without lanes. */
  unfinished(): AsyncIterable<BulkJob>;
};

/** Works on the lanes of divided jobs, all at once, until none has anything left to do. */
export type LaneEngine = {
  /** Starts the run of a job with this number, unless it was started before; says `ended` if that has ended. */
  start(job: string, lanes: number, run: number): Promise<'under way' | 'ended'>;
};

/** A lease on each chore and each lane, so that one run of it works at a time. */
export type Turns = {
  /** False while an earlier run holds it. */
  take(name: string, now: Instant, until: Instant): Promise<boolean>;
  giveBack(name: string, until: Instant): Promise<void>;
};

/** Short texts that outlive a run, such as where a chore stopped. */
export type Notes = {
  /** Undefined if there is no note of this name. */
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
};

/** How the service has been doing. What a home does not count is undefined. */
export type Figures = {
  /** Of about the last so many minutes, at most `mostFigureMinutes`. The home decides how often it looks. */
  recent(minutes: number): Promise<RecentFigures>;
};
export type RecentFigures = {
  /** When the minute of the last value ended. */
  readonly to: Instant;
  /** From one value of a series to the next. */
  readonly stepMs: number;
  readonly series: FigureSeries;
  /** Tasks that wait or are worked on. `oldestMs`: how long the oldest one has waited. */
  readonly queue: { readonly tasks: number; readonly oldestMs: number | undefined } | undefined;
  /** Renders since an instant, and what one took on average. */
  readonly renders: {
    readonly since: Instant;
    readonly count: number;
    readonly cpuMs: number | undefined;
    readonly dollars: number | undefined;
  };
  /** Images by the status of their newest version. */
  readonly images: Readonly<Partial<Record<Status, number>>> | undefined;
  readonly storedBytes: Readonly<Partial<Record<'originals' | 'variants', number>>>;
  readonly disk: { readonly freeBytes: number; readonly keptFreeBytes: number } | undefined;
  readonly renderers: { readonly alive: number; readonly wanted: number } | undefined;
};
/** Values of equal number, the oldest first, each about the minute that ended then; null where there was nothing to measure. */
export type FigureSeries = Readonly<Record<(typeof figureNames)[number], readonly (number | null)[]>>;

/** Hands tasks out, each at least once. When `send` resolves, the task is durable. */
export type TaskQueue = {
  send(task: RenderTask): Promise<void>;
  /** Hands a received task out again after the delay. `handle` names this one receive of it. */
  postpone(handle: string, delayMs: number): Promise<void>;
  /** The same for a task that could not be worked on: where the queue can, this receive does not count. */
  putBack(handle: string, delayMs: number): Promise<void>;
};
export type RenderTask =
  | { readonly render: VersionRef }
  /** Files of a ready version are missing: make them again. */
  | { readonly repair: VersionRef }
  /** Measures what rendering an image costs and notes it in a bulk job; keeps no file. */
  | { readonly sample: SampleTask };
export type SampleTask = { readonly job: string; readonly id: string; readonly preset: string | null };

/** Bytes in, variants out. Rejects with BadPicture when the picture is to blame. */
export type Renderer = {
  /** The fingerprint of every setting and version that shapes the bytes. */
  recipe(preset: Preset, keepCopyright?: boolean): string;
  /**
   * `deliver` gets each file as soon as it is encoded; the render waits for it before it is done. `takeOver` gets each file
   * that would come out as one of `order.earlier`, and is not needed without these.
   */
  render(original: Uint8Array, order: RenderOrder, deliver: Deliver, takeOver?: TakeOver): Promise<Rendered>;
};
export type RenderOrder = {
  readonly contentType: ContentType;
  readonly preset: Preset;
  readonly limits: Limits;
  readonly keepCopyright: boolean;
  /** Files of a version of the same original: those that would come out the same are not encoded again. */
  readonly earlier?: readonly EarlierFile[] | undefined;
};
export type EarlierFile = Required<
  Pick<
    RenderedVariant,
    'name' | 'format' | 'bytes' | 'quality' | 'score' | 'sha256' | 'why' | 'encoder' | 'fingerprint'
  >
> & {
  /** Of a crop: which part of the picture it shows. */
  readonly cut?: Cut;
};
/** Stores an earlier file as this variant. False if it cannot be had; then it is encoded. */
export type TakeOver = (variant: RenderedVariant, progress: number) => Promise<boolean>;
export type Deliver = (variant: RenderedVariant, bytes: Uint8Array, progress: number) => Promise<void>;
/**
 * For the manifest: `encoder` is every setting that the encoder was given, `why` the reason for its quality, and
 * `fingerprint` a digest of everything that its bytes follow from.
 */
export type RenderedVariant = Variant & {
  readonly encoder: Readonly<Record<string, unknown>>;
  readonly why: (typeof reasons)[number];
  readonly fingerprint: string;
};
export type Rendered = Omit<Rendering, 'variants'> & {
  readonly variants: readonly RenderedVariant[];
  readonly original: Pick<Original, 'width' | 'height'>;
  /** The versions of the software that made the bytes. */
  readonly software: Readonly<Record<string, string>>;
  /** What it cost: for metrics and the catalogue, never for the manifest. */
  readonly spent: Spent;
};
