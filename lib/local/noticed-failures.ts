import type { Catalogue } from '../ports.ts';

/** Counts every version that this process itself ends as failed, because a dead renderer cannot report it. */
export const noticedFailures = (catalogue: Catalogue, failed: (code: string) => void): Catalogue => ({
  ...catalogue,
  move: async (to) => {
    const moved = await catalogue.move(to);
    if (moved && to.status === 'failed') failed(to.error.code);
    return moved;
  },
});
