import type { Config } from '../core/config.ts';
import { BadPicture, type Failure } from '../core/errors.ts';
import {
  begin,
  fail,
  finish,
  isUnfinished,
  maxAttempts,
  type Original,
  type Processing,
  retryLater,
} from '../core/image.ts';
import { manifestKey, originalKey, variantKey, versionPrefix } from '../core/keys.ts';
import { manifestOf } from '../core/manifest.ts';
import type { Catalogue, Clock, Deliver, ObjectStore, Rendered, Renderer, RenderJob } from '../ports.ts';
import { checkOriginal } from './check-original.ts';
import { giveUp } from './give-up.ts';
import { removePrefix } from './remove-prefix.ts';
import { renderOrder } from './render-order.ts';
import { settle } from './settle.ts';

export type RenderWorld = {
  readonly catalogue: Catalogue;
  readonly originals: ObjectStore;
  readonly variants: ObjectStore;
  readonly renderer: Renderer;
  readonly clock: Clock;
  readonly config: Config;
};

export type RenderOutcome =
  | {
      readonly end: 'ready';
      readonly attempt: number;
      readonly ms: number;
      readonly bytes: number;
      readonly spent: Rendered['spent'];
    }
  | { readonly end: 'failed'; readonly error: Failure; readonly cause?: unknown }
  /** Transient trouble: worth another attempt, later. */
  | { readonly end: 'again'; readonly attempt: number; readonly cause: unknown }
  /** There is nothing, or nothing left, to do. */
  | { readonly end: 'ignored'; readonly why: 'unknown-image' | 'nothing-uploaded' | 'done-before' };

/**
 * Makes every variant of a version and, last of all, marks it ready. Twice, or twice at once, is safe: the bytes come
 * out the same, they land under the same keys, and the catalogue accepts one end only.
 */
export const renderImage = async (world: RenderWorld, job: RenderJob): Promise<RenderOutcome> => {
  const { catalogue, originals, clock } = world;
  const found = await catalogue.version(job.id, job.version);
  if (!found) return { end: 'ignored', why: 'unknown-image' };
  const bytes = await originals.get(originalKey({ id: found.id, version: found.source }));
  if (!bytes && found.status === 'pending') return { end: 'ignored', why: 'nothing-uploaded' };

  const startedAt = clock.now();
  const attempt = await settle(catalogue, job, (now) => (isUnfinished(now) ? begin(now, startedAt) : undefined));
  if (!attempt) return { end: 'ignored', why: 'done-before' };
  if (attempt.attempts > maxAttempts) return gaveUp(world, job);
  try {
    if (!bytes) throw new Error('The original is missing from the store.');
    return await renderAttempt(world, attempt, bytes, startedAt);
  } catch (cause) {
    if (cause instanceof BadPicture) return failFor(world, attempt, cause);
    if (attempt.attempts === maxAttempts) return gaveUp(world, job, cause);
    await setAside(world, attempt);
    return { end: 'again', attempt: attempt.attempts, cause };
  }
};

const renderAttempt = async (
  world: RenderWorld,
  attempt: Processing,
  bytes: Uint8Array,
  startedAt: number,
): Promise<RenderOutcome> => {
  const { catalogue, variants, renderer, clock, config } = world;
  const original = checkOriginal(attempt.original, bytes);
  const order = renderOrder(config, attempt.preset, original);
  if (!order) throw new Error(`The preset ${attempt.preset} is not in the configuration any more.`);
  const rendered = await renderer.render(bytes, order, store(world, attempt));
  const known: Original = { ...original, ...rendered.original };
  await variants.put(manifestKey(attempt), new TextEncoder().encode(manifestOf(attempt.preset, known, rendered)));

  const { kind, width, height, recipe, placeholder } = rendered;
  const files = rendered.variants.map(({ encoder, why, ...variant }) => variant);
  const rendering = { kind, width, height, recipe, placeholder, variants: files };
  const ready = await settle(catalogue, attempt, (now) =>
    now.status === 'processing' ? finish(now, rendering, known, clock.now()) : undefined,
  );
  if (ready)
    return {
      end: 'ready',
      attempt: attempt.attempts,
      ms: clock.now() - startedAt,
      bytes: rendered.variants.reduce((sum, variant) => sum + variant.bytes, 0),
      spent: rendered.spent,
    };
  // The image was deleted meanwhile, and its deletion may have looked before our last file was stored.
  if (!(await catalogue.version(attempt.id, attempt.version))) await removePrefix(variants, versionPrefix(attempt));
  return { end: 'ignored', why: 'done-before' };
};

const store = ({ variants, catalogue }: RenderWorld, attempt: Processing): Deliver => {
  const { id, version, attempts } = attempt;
  let reported = 0;
  return async ({ name, format }, bytes, progress) => {
    await variants.put(variantKey({ id, version, name, format }), bytes);
    const quarter = Math.floor(progress * 4) / 4;
    if (quarter <= reported || quarter === 1) return;
    reported = quarter;
    await catalogue.report({ id, version, attempt: attempts }, quarter);
  };
};

/** Bad input is the same however often it is tried, so whichever attempt finds it ends the version. */
const failFor = async (world: RenderWorld, attempt: Processing, cause: BadPicture): Promise<RenderOutcome> => {
  const error = { code: cause.code, message: cause.message };
  const failed = await settle(world.catalogue, attempt, (now) =>
    now.status === 'processing' || now.status === 'retrying'
      ? fail(now, error, { ...now.original, ...cause.size }, world.clock.now())
      : undefined,
  );
  return failed ? { end: 'failed', error, cause: cause.cause } : { end: 'ignored', why: 'done-before' };
};

/** Only the attempt that is still the newest may say that the version waits for another one. */
const setAside = ({ catalogue, clock }: RenderWorld, attempt: Processing) =>
  settle(catalogue, attempt, (now) =>
    now.status === 'processing' && now.attempts === attempt.attempts ? retryLater(now, clock.now()) : undefined,
  );

const gaveUp = async (world: RenderWorld, job: RenderJob, cause?: unknown): Promise<RenderOutcome> => {
  const failed = await giveUp(world, job);
  return failed ? { end: 'failed', error: failed.error, cause } : { end: 'ignored', why: 'done-before' };
};
