import type { Version } from '../core/image.ts';
import type { Catalogue, RenderJob } from '../ports.ts';

/**
 * Makes one move of a version against whatever happens beside it: looks, lets `step` decide, and looks again when
 * somebody was quicker. Resolves to the version after the move; undefined when there is none or `step` wants no move.
 */
export const settle = async <To extends Version>(
  catalogue: Pick<Catalogue, 'version' | 'move'>,
  { id, version }: RenderJob,
  step: (now: Version) => To | undefined,
): Promise<To | undefined> => {
  for (;;) {
    const now = await catalogue.version(id, version);
    const to = now && step(now);
    if (!to) return undefined;
    if (await catalogue.move(to)) return to;
  }
};
