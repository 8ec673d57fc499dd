import type { Catalogue } from '../ports.ts';

/** Tells of every version that fails, however it came to that. */
export const noticedFailures = (catalogue: Catalogue, failed: (code: string) => void): Catalogue => ({
  ...catalogue,
  move: async (to) => {
    const moved = await catalogue.move(to);
    if (moved && to.status === 'failed') failed(to.error.code);
    return moved;
  },
});
