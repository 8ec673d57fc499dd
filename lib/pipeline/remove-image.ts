import type { Instant } from '../core/image.ts';
import { imagePrefix, originalsPrefix } from '../core/keys.ts';
import type { Catalogue, Clock, ObjectStore } from '../ports.ts';
import { noSuchImage } from './find-images.ts';
import { removePrefix } from './remove-prefix.ts';

type World = { catalogue: Catalogue; originals: ObjectStore; variants: ObjectStore; clock: Clock };
export type Receipt = { readonly id: string; readonly deletedAt: Instant; readonly keys: readonly string[] };

/**
 * Deletes an image: the tombstone first, so that whatever comes late finds nothing to add to, then every object. Killed
 * in between, the sweep goes on where this stopped, and it comes back later for what a render under way has added.
 */
export const removeImage = async (world: World, id: string): Promise<Receipt> => {
  const tombstone = await world.catalogue.remove(id, world.clock.now());
  if (!tombstone) throw noSuchImage();
  return { ...tombstone, keys: await removeObjects(world, id) };
};

/** Every object of every version. Twice removes nothing more. */
export const removeObjects = async (
  { originals, variants }: Pick<World, 'originals' | 'variants'>,
  id: string,
): Promise<readonly string[]> => [
  ...(await removePrefix(variants, imagePrefix(id))),
  ...(await removePrefix(originals, originalsPrefix(id))),
];
