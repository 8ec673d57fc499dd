import type { Config } from '../core/config.ts';
import { BadPicture, type Failure, gaveUpBecause } from '../core/errors.ts';
import {
  begin,
  type Failed,
  fail,
  finish,
  giveBack,
  type Instant,
  isUnfinished,
  isUsedUp,
  leasedUntil,
  maxAttempts,
  type Original,
  type Processing,
  retryLater,
  type Spent,
  type Variant,
  type Version,
  withDeath,
} from '../core/image.ts';
import { manifestOf } from '../core/manifest.ts';
import { manifestKey, originalKey, type VersionRef, variantKey, versionPrefix } from '../core/object-keys.ts';
import { blameFor, type Trouble, Troubled, troubleOf } from '../core/trouble.ts';
import type { Deliver, Ports, TakeOver } from '../ports.ts';
import { checkOriginal, checkType } from './parts/check-original.ts';
import { removePrefix } from './parts/remove-prefix.ts';
import { renderOrder } from './parts/render-order.ts';
import { settle } from './parts/settle.ts';
import { showNewestUpload } from './parts/show-newest-upload.ts';
import { type UnchangedFiles, unchangedFiles } from './parts/unchanged-files.ts';

export type RenderWorld = Pick<
  Ports,
  'catalogue' | 'originals' | 'variants' | 'renderer' | 'queue' | 'clock' | 'steady' | 'config'
>;
export type AttemptOptions = {
  /** For a home where an attempt can take longer than `leaseMsFor` says. */
  readonly leaseMs?: number;
  /** The least time before a report of progress, and between two: for a home where each one is billed. */
  readonly reportEveryMs?: number;
};

export type RenderOutcome =
  | {
      readonly end: 'ready';
      readonly attempt: number;
      readonly ms: number;
      readonly bytes: number;
      /** Of its files, those that were not encoded, because the version before had the same. */
      readonly copied: number;
      readonly spent: Spent;
    }
  | { readonly end: 'failed'; readonly error: Failure; readonly cause?: unknown }
  /** Trouble of this attempt: worth another one, later, after `tries` in vain. */
  | { readonly end: 'again'; readonly tries: number; readonly trouble: Trouble; readonly cause: unknown }
  /** Trouble of the machine: the attempt does not count. */
  | { readonly end: 'put-back'; readonly trouble: Trouble; readonly cause: unknown }
  /** Another renderer works on it until then at the latest; this was a duplicate. */
  | { readonly end: 'leased'; readonly until: Instant }
  /** There is nothing, or nothing left, to do. */
  | { readonly end: 'ignored'; readonly why: 'unknown-image' | 'nothing-uploaded' | 'done-before' };

/** Longer than any attempt, if a renderer is ended half a minute after the limit on a render, as on Lambda. */
export const leaseMsFor = ({ limits }: Pick<Config, 'limits'>): number => (limits.renderSeconds + 60) * 1000;

/** The clocks of two renderers may differ by so much; a lease that begins later than that is from before a clock was set back. */
const clocksDifferMs = 10_000;

/**
 * Makes every variant of a version and, last of all, marks it ready; then people see it, or a next version made of it if a
 * reprocess of an older upload has overtaken it. An attempt holds a lease, and a duplicate that
 * comes meanwhile changes nothing. Running it twice, even at the same time, is safe: the bytes and the keys are the
 * same, and the catalogue accepts one end only.
 */
export const renderImage = async (
  world: RenderWorld,
  ref: VersionRef,
  options: AttemptOptions = {},
): Promise<RenderOutcome> => {
  const outcome = await renderOnce(world, ref, options);
  // Also when the task comes again: the process before may have been killed in between.
  if (outcome.end === 'ready' || (outcome.end === 'ignored' && outcome.why === 'done-before'))
    await showNewestUpload(world, ref);
  return outcome;
};

const renderOnce = async (world: RenderWorld, ref: VersionRef, options: AttemptOptions): Promise<RenderOutcome> => {
  const { catalogue, originals, clock, steady = clock, config } = world;
  const { leaseMs = leaseMsFor(config), reportEveryMs = 0 } = options;
  const found = await catalogue.version(ref.id, ref.version);
  if (!found) return { end: 'ignored', why: 'unknown-image' };
  const key = originalKey({ id: found.id, version: found.source });
  const isExpected = found.status === 'pending' && found.expiresAt !== null;
  const arrived = isExpected ? await originals.head(key) : undefined;
  if (isExpected && !arrived) return { end: 'ignored', why: 'nothing-uploaded' };

  let startedAt = clock.now();
  let leasedAt = steady.now();
  const heldBy = { until: undefined as Instant | undefined };
  const attempt = await settle(catalogue, ref, (now): Processing | Failed | undefined => {
    // Read anew: to a process that paused since, the lease of another one would look like one from before a clock was set back.
    startedAt = clock.now();
    leasedAt = steady.now();
    heldBy.until = leasedUntil(now, leasedAt, leaseMs + clocksDifferMs);
    if (!isUnfinished(now) || heldBy.until !== undefined) return undefined;
    // A renderer that is killed leaves an attempt without an end.
    return now.status !== 'pending' && isUsedUp(now)
      ? fail(now, gaveUpBecause('render-death'), now.original, startedAt)
      : begin(now, startedAt, { leaseMs, leasedAt, arrivedAt: arrived?.modifiedAt });
  });
  if (!attempt)
    return heldBy.until === undefined ? { end: 'ignored', why: 'done-before' } : { end: 'leased', until: heldBy.until };
  if (attempt.status === 'failed') return { end: 'failed', error: attempt.error };
  try {
    const bytes = await originals.get(key);
    if (!bytes) throw new Troubled('lost-original');
    return await renderAttempt(world, attempt, { bytes, startedAt, reportEveryMs });
  } catch (cause) {
    return await endAttempt(world, attempt, cause).catch((trouble) => endAttempt(world, attempt, trouble));
  }
};

/** Trouble of the machine at the end of an attempt ends the attempt as such trouble, so it does not count. */
const endAttempt = async (world: RenderWorld, attempt: Processing, cause: unknown): Promise<RenderOutcome> => {
  if (cause instanceof BadPicture) return failFor(world, attempt, cause);
  const trouble = troubleOf(cause);
  const died = cause instanceof Troubled && cause.died;
  if (blameFor(trouble) === 'machine') {
    await sendBack(world, attempt, giveBack, trouble, died);
    return { end: 'put-back', trouble, cause };
  }
  if (attempt.attempts >= maxAttempts) return gaveUp(world, attempt, trouble, cause);
  await sendBack(world, attempt, retryLater, trouble, died);
  return { end: 'again', tries: attempt.attempts, trouble, cause };
};

type Begun = { readonly bytes: Uint8Array; readonly startedAt: Instant; readonly reportEveryMs: number };

const renderAttempt = async (
  world: RenderWorld,
  attempt: Processing,
  { bytes, startedAt, reportEveryMs }: Begun,
): Promise<RenderOutcome> => {
  const { catalogue, variants, renderer, clock, config } = world;
  checkType(config, attempt.original);
  const original = checkOriginal(attempt.original, bytes);
  const order = renderOrder(config, attempt);
  if (!order) throw new Troubled('lost-preset');
  const stored: StoredFiles = new Map();
  const unchanged = await unchangedFiles(world, attempt, original);
  const { deliver, takeOver } = store(world, attempt, unchanged, { stored, reportEveryMs });
  const rendered = await renderer.render(bytes, { ...order, earlier: unchanged.earlier }, deliver, takeOver);
  const known: Original = { ...original, ...rendered.original };
  mustHold(world, attempt);
  await variants.put(manifestKey(attempt), new TextEncoder().encode(manifestOf(attempt.preset, known, rendered)));

  const { kind, width, height, recipe, placeholder, crops } = rendered;
  const files = rendered.variants.map(({ encoder, why, fingerprint, ...variant }) => ({
    ...variant,
    storedAt: stored.get(fileOf(variant))?.at ?? clock.now(),
  }));
  const rendering = { kind, width, height, recipe, placeholder, variants: files, ...(crops && { crops }) };
  const ready = await settle(catalogue, attempt, (now) =>
    isHeldBy(attempt, now) ? finish(now, rendering, known, clock.now(), rounded(rendered.spent)) : undefined,
  );
  if (ready)
    return {
      end: 'ready',
      attempt: attempt.attempts,
      ms: clock.now() - startedAt,
      bytes: rendered.variants.reduce((sum, variant) => sum + variant.bytes, 0),
      copied: [...stored.values()].filter(({ copied }) => copied).length,
      spent: rendered.spent,
    };
  // The image was deleted meanwhile, and its deletion may have listed the files before our last one was stored.
  if (!(await catalogue.version(attempt.id, attempt.version)))
    await removePrefix(variants, versionPrefix(attempt), () => catalogue.noteLate(attempt.id));
  return { end: 'ignored', why: 'done-before' };
};

/**
 * A renderer that paused for longer than its lease stores no more files. Another one may have made the version ready by a
 * later recipe, and published files must keep their bytes.
 *
 * The picture is not to blame: a render that works is ended by its home well before its lease ends, after too much
 * processor time or too much time in which it ran. Only a machine that stood still comes here.
 * docs/decisions.md#standstill
 */
const mustHold = ({ clock, steady = clock }: RenderWorld, { leaseUntil = 0 }: Processing): void => {
  if (steady.now() + longestPutMs >= leaseUntil) throw new Troubled('standstill', { died: true });
};
const longestPutMs = 15_000;

/** Whether no other attempt has begun since. */
const isHeldBy = (attempt: Processing, now: Version): now is Processing =>
  now.status === 'processing' && now.revision === attempt.revision;

const fileOf = ({ name, format }: Pick<Variant, 'name' | 'format'>): string => `${name}.${format}`;

const rounded = (spent: Spent): Spent =>
  Object.fromEntries(Object.entries(spent).map(([phase, ms]) => [phase, Math.round(ms)])) as Spent;

type StoredFiles = Map<string, { readonly at: Instant; readonly copied: boolean }>;

/** Where the files of an attempt go: those that are encoded, and those that are copied. */
const store = (
  world: RenderWorld,
  attempt: Processing,
  unchanged: UnchangedFiles,
  { stored, reportEveryMs }: { readonly stored: StoredFiles; readonly reportEveryMs: number },
): { readonly deliver: Deliver; readonly takeOver: TakeOver } => {
  const { variants, catalogue, clock } = world;
  const { id, version, attempts } = attempt;
  let reported = 0;
  let reportedAt = clock.now();
  const note = async (variant: Variant, copied: boolean, progress: number): Promise<void> => {
    stored.set(fileOf(variant), { at: clock.now(), copied });
    const quarter = Math.floor(progress * 4) / 4;
    if (quarter <= reported || quarter === 1 || clock.now() < reportedAt + reportEveryMs) return;
    reported = quarter;
    reportedAt = clock.now();
    // A hint. Trouble of the catalogue that lasts is met by the move to ready; the files are not made again for less.
    await catalogue.report({ id, version, attempt: attempts }, quarter).catch(() => undefined);
  };
  return {
    deliver: async (variant, bytes, progress) => {
      const { name, format } = variant;
      mustHold(world, attempt);
      await variants.put(variantKey({ id, version, name, format }), bytes);
      await note(variant, false, progress);
    },
    takeOver: async (variant, progress) => {
      mustHold(world, attempt);
      const isCopied = await unchanged.copy(variant);
      if (isCopied) await note(variant, true, progress);
      return isCopied;
    },
  };
};

/**
 * Bad input stays bad, so the attempt that finds it ends the version. An attempt that has lost its lease does not, because
 * it may have used the limits of an older deployment: the next attempt decides.
 */
const failFor = async (world: RenderWorld, attempt: Processing, cause: BadPicture): Promise<RenderOutcome> => {
  const error = { code: cause.code, message: cause.message };
  const at = world.clock.now();
  const failed = await settle(world.catalogue, attempt, (now) =>
    isHeldBy(attempt, now) ? fail(now, error, { ...now.original, ...cause.size }, at, tookMs(attempt, at)) : undefined,
  );
  return failed ? { end: 'failed', error, cause: cause.cause } : { end: 'ignored', why: 'done-before' };
};

/** Only the attempt that holds the lease may send the version back to wait. */
const sendBack = (
  { catalogue, clock }: RenderWorld,
  attempt: Processing,
  step: typeof giveBack | typeof retryLater,
  trouble: Trouble,
  died: boolean,
) =>
  settle(catalogue, attempt, (now) =>
    isHeldBy(attempt, now) ? step(died ? withDeath(now) : now, clock.now(), trouble) : undefined,
  );

const gaveUp = async (
  { catalogue, clock }: RenderWorld,
  attempt: Processing,
  trouble: Trouble,
  cause: unknown,
): Promise<RenderOutcome> => {
  const at = clock.now();
  const failed = await settle(catalogue, attempt, (now) =>
    isHeldBy(attempt, now) ? fail(now, gaveUpBecause(trouble), now.original, at, tookMs(attempt, at)) : undefined,
  );
  return failed ? { end: 'failed', error: failed.error, cause } : { end: 'ignored', why: 'done-before' };
};

/** A clock may be set back meanwhile. */
const tookMs = ({ startedAt }: Processing, at: Instant): number => Math.max(0, at - (startedAt ?? at));
