import type { ObjectStore } from '../ports.ts';

/**
 * What the stores hold, in bytes, as far as it is known: a walk through the folders, one file after the other, happens by
 * the clock; what comes in between is added, and what is removed is noticed by the next walk.
 */
export type StorageSizes = {
  readonly known: () => Readonly<Partial<Record<Kind, number>>>;
  readonly measure: () => Promise<void>;
  readonly add: (kind: Kind, bytes: number) => void;
};
type Kind = 'originals' | 'variants';

export const storageSizes = (stores: Readonly<Record<Kind, Pick<ObjectStore, 'list'>>>): StorageSizes => {
  const known: Partial<Record<Kind, number>> = {};

  const measure = async (kind: Kind, prefix: string): Promise<void> => {
    let sum = 0;
    for await (const { bytes } of stores[kind].list(prefix)) sum += bytes;
    known[kind] = sum;
  };

  return {
    known: () => known,
    measure: async () => {
      await measure('originals', 'originals/');
      await measure('variants', 'images/');
    },
    add: (kind, bytes) => {
      known[kind] = (known[kind] ?? 0) + bytes;
    },
  };
};
