import type { Instant } from '../core/image.ts';
import type { Clock, ServedStore } from '../ports.ts';

type Stores = { readonly originals: ServedStore; readonly variants: ServedStore };

/** For the audit: orphans may be pictures that a damaged catalogue has lost, so they can be put back. */
export const removingIntoTrash = <World extends Stores & { readonly clock: Clock }>(world: World): World => {
  const intoTrash = (store: ServedStore): ServedStore => ({
    ...store,
    remove: (keys) => store.discard(keys, world.clock.now()),
  });
  return { ...world, originals: intoTrash(world.originals), variants: intoTrash(world.variants) };
};

/** Removes for good what was discarded on a day that ended before. */
export const emptyTrash = async ({ originals, variants }: Stores, before: Instant): Promise<void> => {
  await originals.emptyTrash(before);
  await variants.emptyTrash(before);
};
