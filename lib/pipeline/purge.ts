import type { Edge, Ports, PurgeReason, Tombstone } from '../ports.ts';
import { nothingCanComeAfter, removeObjects } from './remove-image.ts';

export type PurgeWorld = Pick<Ports, 'catalogue' | 'originals' | 'variants' | 'clock' | 'config'> & {
  /** Undefined if there is no CDN. */
  readonly edge: Edge | undefined;
};
/** `waiting`: how many the CDN was too busy to accept. */
export type PurgeReport = { readonly purged: number; readonly again: number; readonly waiting: number };

/** A deletion that is still being answered removes its objects itself, and has a receipt to fill. */
const answerGraceMs = 10_000;

/**
 * Invalidates deleted images at the CDN. First the objects are removed, or the next viewer would bring them back; then
 * the CDN is told; then that is noted. After a crash in between, the tombstone still says what is left to do. Where
 * variants came after the deletion the CDN is told once more, when no more can come. A second run tells the CDN twice,
 * which is harmless. docs/decisions.md#cdn
 */
export const purge = async (world: PurgeWorld): Promise<PurgeReport> => {
  const { catalogue, clock, config } = world;
  const owed: string[] = [];
  const late: string[] = [];
  for await (const tombstone of catalogue.unburied()) {
    const { id, deletedAt } = tombstone;
    if (tombstone.purgedAt === null && deletedAt + answerGraceMs <= clock.now()) owed.push(id);
    if (isOwedOnceMore(tombstone) && nothingCanComeAfter(tombstone, config) <= clock.now()) late.push(id);
  }
  const purged = await tell(world, owed, 'deleted', (id) => catalogue.notePurged(id, clock.now()));
  const again = await tell(world, late, 'late', (id) => catalogue.bury(id));
  return { purged, again, waiting: owed.length + late.length - purged - again };
};

const isOwedOnceMore = ({ purgedAt, late }: Tombstone): boolean => purgedAt !== null && late;

/** Notes each image as soon as the CDN has accepted it; resolves to their number. */
const tell = async (
  { edge, originals, variants }: PurgeWorld,
  ids: readonly string[],
  reason: PurgeReason,
  note: (id: string) => Promise<void>,
): Promise<number> => {
  for (let told = 0; told < ids.length; ) {
    const order = ids.slice(told, told + (edge?.atOnce ?? ids.length));
    for (const id of order) await removeObjects({ originals, variants }, id);
    const taken = edge ? await edge.forget(order, reason) : order.length;
    for (const id of order.slice(0, taken)) await note(id);
    told += taken;
    if (taken < order.length) return told;
  }
  return ids.length;
};
