import type { Failure } from './errors.ts';
import type { ContentType, Format, Kind } from './formats.ts';
import type { ImageId } from './ids.ts';
import type { Preset } from './presets.ts';
import type { Trouble } from './trouble.ts';

/** An instant, in milliseconds since 1970. */
export type Instant = number;

/** The bytes as uploaded: first as the ticket declares them; digest and dimensions are added when they are known. */
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
  /** `null` where the file keeps every pixel, or nearly. */
  readonly quality: number | null;
  /**
   * SSIMULACRA2 of the decoded file against the pixels it was made from, of an animation its first frame: 100 is identical,
   * 90 cannot be told apart, 70 is high quality. Versions made before it was measured have none.
   */
  readonly score?: number;
  readonly sha256: string;
  /** When the file was in the store. Versions made before it was kept have none. */
  readonly storedAt?: Instant;
};

/** The part of the upright original that a variant shows, in parts of its sides: 0 to 1. */
export type Cut = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The point that was found to draw the eye; null where the middle was taken without a look. */
  readonly focus: { readonly x: number; readonly y: number } | null;
};

/** The result of a render. */
export type Rendering = {
  readonly kind: Kind;
  readonly width: number;
  readonly height: number;
  readonly recipe: string;
  readonly placeholder: { readonly thumbhash: string; readonly color: string };
  readonly variants: readonly Variant[];
  /** Of each variant that does not show the whole picture, by its name. Versions made before it was kept have none. */
  readonly crops?: Readonly<Record<string, Cut>>;
};

/** Where the time of a render went. `encodeMs` adds up encoders that ran side by side. */
export type Spent = Readonly<
  Record<'wallMs' | 'cpuMs' | 'decodeMs' | 'resizeMs' | 'encodeMs' | 'scoreMs' | 'deliverMs', number>
>;

/** What shapes the bytes of the variants. Limits do not: they only say what is refused, and hold as they are at present. */
export type RenderSettings = {
  readonly preset: Preset;
  /** Keeps the copyright also if the preset does not. */
  readonly keepCopyright: boolean;
};

export const keepsCopyright = ({ preset, keepCopyright }: RenderSettings): boolean =>
  keepCopyright || (preset.keep?.includes('copyright') ?? false);

/**
 * An attempt that made its version neither ready nor failed. `endedAt` is null where no renderer was left to say so, and an
 * attempt that the machine is to blame for does not count.
 */
export type EndedAttempt = {
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly trouble: Trouble;
  readonly counted: boolean;
};

type Common = {
  readonly id: ImageId;
  readonly version: number;
  /** The version that the original was uploaded for: this one, or an earlier one after a reprocess. */
  readonly source: number;
  readonly preset: string;
  /**
   * The preset of that name at the time of the request, so that a deploy between two attempts cannot mix two recipes
   * (docs/decisions.md#kept-settings). Older versions have none; the present configuration holds for them.
   */
  readonly settings?: RenderSettings | undefined;
  readonly original: Original;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /**
   * How many times a renderer has begun, without the times that the machine is to blame for. This counter, and not how
   * often a message was received, decides when a version has failed.
   */
  readonly attempts: number;
  /** How many times a renderer died or stood still while it worked on this version, for any reason. Never given back. */
  readonly deaths?: number | undefined;
  /**
   * When the original was there, by the clock of the store. None before the first attempt, after a reprocess, and in
   * versions from before it was kept.
   */
  readonly arrivedAt?: Instant | undefined;
  /** When the newest attempt began. Versions from before it was kept have none. */
  readonly startedAt?: Instant | undefined;
  /** The newest of them, oldest first, at most `keptAttempts`. None before the first, and in versions from before they were kept. */
  readonly endedAttempts?: readonly EndedAttempt[] | undefined;
  /** Grows by one with every move; a store accepts a move only on the revision that it was computed from. */
  readonly revision: number;
};

/** `expiresAt` is when its ticket ends; null when there is nothing to upload (a reprocess). */
export type Pending = Common & { readonly status: 'pending'; readonly expiresAt: Instant | null };
/** `leaseUntil` is when this attempt is over at the latest; versions from before it was kept have none. */
export type Processing = Common & { readonly status: 'processing'; readonly leaseUntil?: Instant | undefined };
export type Retrying = Common & { readonly status: 'retrying' };
/** `spent` is what the attempt that made it took; versions from before it was kept have none. */
export type Ready = Common & {
  readonly status: 'ready';
  readonly readyAt: Instant;
  readonly rendering: Rendering;
  readonly spent?: Spent | undefined;
};
/**
 * `tookMs` is how long the attempt that ended it took. None where no renderer was left to say so, and in versions from
 * before it was kept.
 */
export type Failed = Common & {
  readonly status: 'failed';
  readonly error: Failure;
  readonly tookMs?: number | undefined;
};
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

/** The life of a version: from each state, where it can go. A state without a way on is final. */
export const moves = {
  pending: ['processing', 'expired'],
  // From processing to processing: the renderer before was killed, and its task came back.
  processing: ['processing', 'retrying', 'ready', 'failed'],
  // From retrying to retrying: the machine turns out to be to blame for an attempt, which then does not count.
  retrying: ['processing', 'retrying', 'failed'],
  ready: [],
  failed: [],
  expired: [],
} as const satisfies Record<Status, readonly Status[]>;

export const isLegalMove = (from: Status, to: Status): boolean => moves[from].some((status) => status === to);

export const isUnfinished = (version: Version): version is Unfinished => moves[version.status].length > 0;

export const maxAttempts = 3;

/** Enough for all that count, and some for which the machine is to blame, of which there may be any number. */
export const keptAttempts = 5;

/**
 * How many renderers may die or stand still over one version before it fails, even if each time the machine was blamed:
 * two such pictures alone in the queue look like a faulty machine.
 */
export const maxDeaths = 20;

/**
 * How often a message is received before it is set aside. Generous, because a throttled function, a duplicate or
 * trouble of the machine also uses up a receive. A version whose message was set aside fails only when its own attempts
 * or deaths are used up; otherwise the sweep sends it again. Tasks without attempts (repairs, samples) end here.
 * docs/decisions.md#attempts
 */
export const maxReceives = 10;

/** No other attempt will be made. */
export const isUsedUp = (version: Version): boolean =>
  version.attempts >= maxAttempts || deathsOf(version) >= maxDeaths;

export type VersionDraft = Pick<Common, 'id' | 'version' | 'source' | 'preset' | 'settings' | 'original'> & {
  readonly expiresAt: Instant | null;
};

export const newVersion = (draft: VersionDraft, at: Instant): Pending => ({
  ...draft,
  status: 'pending',
  createdAt: at,
  updatedAt: at,
  attempts: 0,
  revision: 0,
});

/**
 * The attempt holds the version until `leaseUntil` (a lease); a task that comes before is a duplicate. `leasedAt` is the present
 * by the clock of the leases. docs/decisions.md#lease
 */
export const begin = (
  version: Unfinished,
  at: Instant,
  {
    leaseMs = 0,
    leasedAt = at,
    arrivedAt,
  }: { leaseMs?: number; leasedAt?: Instant; arrivedAt?: Instant | undefined } = {},
): Processing => ({
  ...(version.status === 'processing'
    ? ended(version, at, { endedAt: null, trouble: 'render-death' })
    : moved(version, at)),
  ...(arrivedAt !== undefined && { arrivedAt: between(version.createdAt, arrivedAt, at) }),
  status: 'processing',
  attempts: version.attempts + 1,
  startedAt: at,
  leaseUntil: leasedAt + leaseMs,
});

/** The clock of a store may differ from ours, and may show no more than seconds. */
const between = (least: Instant, at: Instant, most: Instant): Instant =>
  Math.round(Math.max(least, Math.min(at, most)));

/**
 * Until when an attempt holds the version; undefined when none does. A lease that ends later than any that begins now
 * was given before the clock was set back, and is ignored.
 */
export const leasedUntil = (version: Version, at: Instant, leaseMs: number): Instant | undefined => {
  if (version.status !== 'processing' || version.leaseUntil === undefined) return undefined;
  return version.leaseUntil > at && version.leaseUntil <= at + leaseMs ? version.leaseUntil : undefined;
};

export const retryLater = (version: Processing, at: Instant, trouble: Trouble): Retrying => ({
  ...ended(version, at, { endedAt: at, trouble }),
  status: 'retrying',
});

/** The attempt does not count: the machine was to blame. */
export const giveBack = (version: Processing, at: Instant, trouble: Trouble): Retrying => ({
  ...ended(version, at, { endedAt: at, trouble, counted: false }),
  status: 'retrying',
  attempts: Math.max(0, version.attempts - 1),
});

const deaths: readonly Trouble[] = ['render-death', 'render-time'];

/** The newest death that counts does not count any more: the machine turns out to be to blame. */
export const forgive = (version: Retrying, at: Instant): Retrying => {
  const { endedAttempts } = version;
  const death = endedAttempts?.findLastIndex(({ counted, trouble }) => counted && deaths.includes(trouble));
  return {
    ...moved(version, at),
    ...(endedAttempts && {
      endedAttempts: endedAttempts.map((one, place) => (place === death ? { ...one, counted: false } : one)),
    }),
    status: 'retrying',
    attempts: Math.max(0, version.attempts - 1),
  };
};

/** The version as it was, with one death more: part of a move that is made of it. */
export const withDeath = <One extends Version>(version: One): One => ({ ...version, deaths: deathsOf(version) + 1 });

const deathsOf = ({ deaths = 0 }: Version): number => deaths;

export const finish = (
  version: Processing,
  rendering: Rendering,
  original: Original,
  at: Instant,
  spent?: Spent,
): Ready => ({
  ...moved(version, at),
  status: 'ready',
  original,
  rendering,
  readyAt: at,
  ...(spent && { spent }),
});

export const fail = (
  version: Processing | Retrying,
  error: Failure,
  original: Original,
  at: Instant,
  tookMs?: number,
): Failed => ({
  ...moved(version, at),
  status: 'failed',
  original,
  error,
  ...(tookMs !== undefined && { tookMs }),
});

export const expire = (version: Pending, at: Instant): Expired => ({ ...moved(version, at), status: 'expired' });

const ended = (
  version: Processing,
  at: Instant,
  { counted = true, ...how }: Pick<EndedAttempt, 'endedAt' | 'trouble'> & Partial<EndedAttempt>,
): Common => {
  const { startedAt, endedAttempts = [] } = version;
  // A version that waits for its turn has not begun an attempt.
  if (startedAt === undefined || how.trouble === 'turn') return moved(version, at);
  return {
    ...moved(version, at),
    endedAttempts: [...endedAttempts, { startedAt, counted, ...how }].slice(-keptAttempts),
  };
};

const moved = (version: Version, at: Instant): Common => ({
  id: version.id,
  version: version.version,
  source: version.source,
  preset: version.preset,
  ...(version.settings !== undefined && { settings: version.settings }),
  original: version.original,
  createdAt: version.createdAt,
  updatedAt: at,
  attempts: version.attempts,
  ...(version.deaths !== undefined && { deaths: version.deaths }),
  ...(version.arrivedAt !== undefined && { arrivedAt: version.arrivedAt }),
  ...(version.startedAt !== undefined && { startedAt: version.startedAt }),
  ...(version.endedAttempts !== undefined && { endedAttempts: version.endedAttempts }),
  revision: version.revision + 1,
});
