import { isUnfinished, newVersion, type Ready } from '../../core/image.ts';
import type { VersionRef } from '../../core/object-keys.ts';
import type { Ports } from '../../ports.ts';

type World = Pick<Ports, 'catalogue' | 'queue' | 'clock'>;

/**
 * Adds the next version of an image if the one that people see is made of an older upload than another that is ready: a
 * reprocess may overtake an upload. It is asked for each version that has become ready. A repeat adds none while the first one
 * is under way. docs/decisions.md#newest-upload
 */
export const showNewestUpload = async (world: World, { id, version }: VersionRef): Promise<void> => {
  const { catalogue, queue, clock } = world;
  // Before the first upload there is none that could overtake it.
  const image = version > 1 ? await catalogue.find(id) : undefined;
  if (!image?.visible) return;
  const { newest, visible } = image;
  const upload =
    visible.version > version ? await catalogue.version(id, version) : await readyBefore(catalogue, visible);
  if (upload?.status !== 'ready' || upload.source <= visible.source) return;
  if (newest.source === upload.source && isUnfinished(newest)) return;
  const { preset, settings, source, original } = upload;
  const draft = (next: number) =>
    newVersion({ id, version: next, preset, settings, source, original, expiresAt: null }, clock.now());
  const added = await catalogue.addVersion({ id, draft, after: newest.version });
  // Another version came in between, which may have been asked for and never be made.
  if (added === 'not-newest') return showNewestUpload(world, { id, version });
  // A process that dies before this leaves it to the sweep.
  if (added !== 'no-image') await queue.send({ render: { id, version: added.version } });
};

/** The newest one of this upload or a later one. At one of this upload the search ends: when it became ready, it was made too. */
const readyBefore = async (
  catalogue: World['catalogue'],
  { id, version, source }: Ready,
): Promise<Ready | undefined> => {
  for (let number = version - 1; number > source; number--) {
    const before = await catalogue.version(id, number);
    if (before?.status === 'ready' && before.source >= source) return before;
  }
  return undefined;
};
