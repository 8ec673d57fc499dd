import type { Failure } from './errors.ts';
import type { ContentType, Format, Kind } from './formats.ts';
import type { ImageId } from './ids.ts';

/** An instant, in milliseconds since 1970. */
export type Instant = number;

/** The bytes as uploaded. What the ticket promised at first; digest and dimensions become known on the way. */
export type Original = {
  readonly contentType: ContentType;
  readonly bytes: number;
  readonly sha256: string | null;
  readonly width: number | null;
  readonly height: number | null;
};

export type Variant = {
  readonly name: string;
  readonly format: Format;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** `null` where the format loses nothing. */
  readonly quality: number | null;
  /**
   * SSIMULACRA2 of the decoded file against the pixels it was made from, of an animation its first frame: 100 is identical,
   * 90 cannot be told apart, 70 is high quality. Versions made before it was measured have none.
   */
  readonly score?: number;
  readonly sha256: string;
};

/** What a render has made. */
export type Rendering = {
  readonly kind: Kind;
  readonly width: number;
  readonly height: number;
  readonly recipe: string;
  readonly placeholder: { readonly thumbhash: string; readonly color: string };
  readonly variants: readonly Variant[];
};

type Common = {
  readonly id: ImageId;
  readonly version: number;
  /** The version that the original was uploaded for: this one, or an earlier one after a reprocess. */
  readonly source: number;
  readonly preset: string;
  readonly original: Original;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** How many times a renderer has begun. */
  readonly attempts: number;
  /** Grows by one with every move; a store accepts a move only on the revision that it was computed from. */
  readonly revision: number;
};

/** `expiresAt` is when its ticket ends; null when there is nothing to upload (a reprocess). */
export type Pending = Common & { readonly status: 'pending'; readonly expiresAt: Instant | null };
export type Processing = Common & { readonly status: 'processing' };
export type Retrying = Common & { readonly status: 'retrying' };
export type Ready = Common & { readonly status: 'ready'; readonly readyAt: Instant; readonly rendering: Rendering };
export type Failed = Common & { readonly status: 'failed'; readonly error: Failure };
export type Expired = Common & { readonly status: 'expired' };

export type Version = Pending | Processing | Retrying | Ready | Failed | Expired;
export type Status = Version['status'];
export type Unfinished = Pending | Processing | Retrying;

export type Image = {
  readonly id: ImageId;
  readonly collection: string | null;
  readonly filename: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly newest: Version;
  /** How far the render of the newest version has come, 0 to 1: a hint for people who wait. */
  readonly progress: number;
  /** The newest version that people may see. */
  readonly visible: Ready | null;
};

/** The life of a version. A state that leads nowhere is an end. */
export const moves = {
  pending: ['processing', 'expired'],
  // From processing to processing: the renderer before was killed, and its job came back.
  processing: ['processing', 'retrying', 'ready', 'failed'],
  retrying: ['processing', 'failed'],
  ready: [],
  failed: [],
  expired: [],
} as const satisfies Record<Status, readonly Status[]>;

export const isLegalMove = (from: Status, to: Status): boolean => moves[from].some((status) => status === to);

export const isUnfinished = (version: Version): version is Unfinished => moves[version.status].length > 0;

export const maxAttempts = 3;

export type Announcement = Pick<Common, 'id' | 'version' | 'source' | 'preset' | 'original'> & {
  readonly expiresAt: Instant | null;
};

export const announce = (announcement: Announcement, at: Instant): Pending => ({
  ...announcement,
  status: 'pending',
  createdAt: at,
  updatedAt: at,
  attempts: 0,
  revision: 0,
});

export const begin = (version: Unfinished, at: Instant): Processing => ({
  ...moved(version, at),
  status: 'processing',
  attempts: version.attempts + 1,
});

export const retryLater = (version: Processing, at: Instant): Retrying => ({
  ...moved(version, at),
  status: 'retrying',
});

export const finish = (version: Processing, rendering: Rendering, original: Original, at: Instant): Ready => ({
  ...moved(version, at),
  status: 'ready',
  original,
  rendering,
  readyAt: at,
});

export const fail = (version: Processing | Retrying, error: Failure, original: Original, at: Instant): Failed => ({
  ...moved(version, at),
  status: 'failed',
  original,
  error,
});

export const expire = (version: Pending, at: Instant): Expired => ({ ...moved(version, at), status: 'expired' });

const moved = (version: Version, at: Instant): Common => ({
  id: version.id,
  version: version.version,
  source: version.source,
  preset: version.preset,
  original: version.original,
  createdAt: version.createdAt,
  updatedAt: at,
  attempts: version.attempts,
  revision: version.revision + 1,
});
