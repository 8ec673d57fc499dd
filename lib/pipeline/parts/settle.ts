import { isDeepStrictEqual } from 'node:util';
import type { Version } from '../../core/image.ts';
import type { VersionRef } from '../../core/object-keys.ts';
import type { Catalogue } from '../../ports.ts';

/**
 * An optimistic update (compare and swap): reads the version, lets `step` compute the move, and starts again if another
 * process has moved the version in between. Resolves to the version after the move; undefined if there is no such version
 * or `step` wants no move. docs/decisions.md#revision
 */
export const settle = async <To extends Version>(
  catalogue: Pick<Catalogue, 'version' | 'move'>,
  { id, version }: VersionRef,
  step: (now: Version) => To | undefined,
): Promise<To | undefined> => {
  for (;;) {
    const now = await catalogue.version(id, version);
    const to = now && step(now);
    if (!to) return undefined;
    if (await isMoved(catalogue, to)) return to;
  }
};

/** A move may have been made though its answer was lost: then the version is what it was to become. */
const isMoved = async (catalogue: Pick<Catalogue, 'version' | 'move'>, to: Version): Promise<boolean> => {
  try {
    return await catalogue.move(to);
  } catch (error) {
    if (isDeepStrictEqual(await catalogue.version(to.id, to.version), to)) return true;
    throw error;
  }
};
