import type { Catalogue } from '../ports.ts';

/** Reports every version that ends as failed, for any reason. */
export const noticedFailures = (catalogue: Catalogue, failed: (code: string) => void): Catalogue => ({
  ...catalogue,
  move: async (to) => {
    const moved = await catalogue.move(to);
    if (moved && to.status === 'failed') failed(to.error.code);
    return moved;
  },
});
