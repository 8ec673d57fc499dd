import type { ObjectStore } from '../ports.ts';

/**
 * The bytes in the stores, approximately. The clock starts a walk through the folders; in between, new files are added,
 * and removed files are noticed by the next walk.
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
