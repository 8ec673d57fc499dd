import type { Config } from '../core/config.ts';
import { noSuchImage } from '../core/errors.ts';
import type { Instant } from '../core/image.ts';
import { imagePrefix, originalsPrefix } from '../core/object-keys.ts';
import type { Ports, Tombstone } from '../ports.ts';
import { removePrefix } from './parts/remove-prefix.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'variants' | 'hasEdge' | 'clock'>;
export type Receipt = {
  readonly id: string;
  readonly deletedAt: Instant;
  readonly keys: readonly string[];
  readonly purged: 'pending' | 'done';
};

/**
 * Deletes an image: first the row becomes a tombstone, so that a late event cannot bring the image back, then every
 * object goes. The CDN is told later, by `purge`, which cannot be lost. If this is killed in between, `purge` and the
 * sweep continue, and the sweep removes what a render under way has added.
 */
export const removeImage = async (world: World, id: string): Promise<Receipt> => {
  const { catalogue, clock, hasEdge } = world;
  const tombstone = await catalogue.remove(id, clock.now());
  if (!tombstone) throw noSuchImage();
  const { deletedAt } = tombstone;
  const keys = await removeObjects(world, id);
  if (hasEdge) return { id, deletedAt, keys, purged: 'pending' };
  await catalogue.notePurged(id, clock.now());
  return { id, deletedAt, keys, purged: 'done' };
};

/**
 * Removes every object of every version. A second run removes nothing more. `found` is called before a variant is
 * removed.
 */
export const removeObjects = async (
  { originals, variants }: Pick<World, 'originals' | 'variants'>,
  id: string,
  found?: () => Promise<void>,
): Promise<readonly string[]> => [
  ...(await removePrefix(variants, imagePrefix(id), found)),
  ...(await removePrefix(originals, originalsPrefix(id))),
];

/** When nothing can come late any more: no ticket is valid and no render is under way. */
export const nothingCanComeAfter = ({ deletedAt }: Pick<Tombstone, 'deletedAt'>, config: Config): Instant =>
  deletedAt + config.ticketSeconds * 1000 + deletionGraceMs;

/** Longer than a render that was under way when its image was deleted can go on storing files. */
const deletionGraceMs = 60 * 60_000;
