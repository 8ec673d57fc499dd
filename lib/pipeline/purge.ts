import type { Instant } from '../core/image.ts';
import { purgedAtOnce, purgeMs } from '../core/sweeping.ts';
import type { Ports, PurgeReason, Tombstone } from '../ports.ts';
import { inBatches } from './parts/in-batches.ts';
import { troubleApart } from './parts/trouble-apart.ts';
import { nothingCanComeAfter, removeObjects } from './remove-image.ts';

export type PurgeWorld = Pick<Ports, 'catalogue' | 'originals' | 'variants' | 'edge' | 'clock' | 'config'>;
/** `waiting`: how many the CDN was too busy to accept. */
export type PurgeReport = { readonly purged: number; readonly again: number; readonly waiting: number };

/** A deletion that is still being answered removes its objects itself, and has a receipt to fill. */
const answerGraceMs = 10_000;

/**
 * Invalidates deleted images at the CDN. First the objects are removed, or the next viewer would bring them back; then
 * the CDN is told; then that is noted. After a crash in between, the tombstone still says what is left to do. Where
 * variants came after the deletion the CDN is told once more, when no more can come. A second run tells the CDN twice,
 * which is harmless. An image whose objects cannot be removed is left to the next run, and the others are not.
 * docs/decisions.md#cdn
 */
export const purge = async (world: PurgeWorld): Promise<PurgeReport> => {
  const { catalogue, clock, config } = world;
  const until = clock.now() + purgeMs;
  const owed: string[] = [];
  const late: string[] = [];
  for await (const tombstone of catalogue.openDeletions()) {
    const { id, deletedAt } = tombstone;
    if (tombstone.purgedAt === null && deletedAt + answerGraceMs <= clock.now()) owed.push(id);
    if (isOwedOnceMore(tombstone) && nothingCanComeAfter(tombstone, config) <= clock.now()) late.push(id);
  }
  const { attempt, rethrow } = troubleApart();
  const limited = { ...world, until, attempt };
  const purged = await purgeAtEdge(limited, owed, 'deleted', (id) => catalogue.notePurged(id, clock.now()));
  const again = await purgeAtEdge(limited, late, 'late', (id) => catalogue.closeDeletion(id));
  rethrow();
  return { purged, again, waiting: owed.length + late.length - purged - again };
};

const isOwedOnceMore = ({ purgedAt, late }: Tombstone): boolean => purgedAt !== null && late;

type Limited = PurgeWorld & { readonly until: Instant } & Pick<ReturnType<typeof troubleApart>, 'attempt'>;

/** Notes each image as soon as the CDN has accepted it; resolves to their number. */
const purgeAtEdge = async (
  { edge, originals, variants, clock, until, attempt }: Limited,
  ids: readonly string[],
  reason: PurgeReason,
  note: (id: string) => Promise<void>,
): Promise<number> => {
  const removed = async (id: string): Promise<string> => {
    await removeObjects({ originals, variants }, id);
    return id;
  };
  const atOnce = edge?.atOnce ?? ids.length;
  let accepted = 0;
  for (let at = 0; at < ids.length && clock.now() < until; at += atOnce) {
    const gone = await inBatches(ids.slice(at, at + atOnce), purgedAtOnce, (id) => attempt(() => removed(id)));
    const order = gone.flat();
    // With all of them: then it is no trouble of one image.
    if (order.length === 0) break;
    const taken = edge ? await edge.forget(order, reason) : order.length;
    await inBatches(order.slice(0, taken), purgedAtOnce, note);
    accepted += taken;
    if (taken < order.length) break;
  }
  return accepted;
};
