import type { Selection } from '../../core/bulk-job.ts';
import { type Image, isUnfinished, type Version } from '../../core/image.ts';
import { originalKey } from '../../core/object-keys.ts';
import type { Ports } from '../../ports.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'clock'>;

export const originalRemoved = 'The original of this failed version has been removed. Upload the file again.';

/**
 * The newest version of an image whose original is stored, or the one of a newer upload that has arrived since it was asked
 * for. `awaited` while none was uploaded, `removed` where none of those that were is left.
 */
export const uploadedVersion = async (world: World, { newest }: Image): Promise<Version | 'awaited' | 'removed'> => {
  const { catalogue, originals } = world;
  let version: Version | undefined = newest;
  let without: 'awaited' | 'removed' = 'awaited';
  while (version && !(await hasOriginal(originals, version))) {
    if (isUploaded(version)) without = 'removed';
    version = await catalogue.version(version.id, version.version - 1);
  }
  return version ? ((await arrivedSince(world, version)) ?? version) : without;
};

/** An upload that has not ended after so long waits for renderers that stand still; it is shown when it is ready all the same. */
const uploadEndsMs = 24 * 60 * 60_000;

/** The newest upload of which the file came after a version of an earlier one was asked for, and that waits for its end. */
const arrivedSince = async (
  { catalogue, originals, clock }: World,
  { id, source, ...from }: Version,
): Promise<Version | undefined> => {
  let { version, createdAt } = from;
  while (version - 1 > source && createdAt > clock.now() - uploadEndsMs) {
    const before = await catalogue.version(id, version - 1);
    if (!before) return undefined;
    ({ version, createdAt } = before);
    if (before.source === version && isUnfinished(before) && (await hasOriginal(originals, before))) return before;
  }
  return undefined;
};

/**
 * The version that a job makes the next one from: the one that people see, if the newest upload is no good picture, and would
 * fail again. A job of named images tries it again, because a limit may have been raised. docs/decisions.md#failed-upload
 */
export const versionForJob = async (
  world: World,
  image: Image,
  selection: Selection,
): Promise<Version | 'awaited' | 'removed'> => {
  const version = await uploadedVersion(world, image);
  if (typeof version === 'string' || 'ids' in selection) return version;
  const isBad = version.status === 'failed' && version.error.code !== 'gave-up';
  return (isBad && image.visible) || version;
};

/** A version that is made from an earlier one's original has had it from the start. */
const isUploaded = ({ status, source, version }: Version): boolean =>
  source !== version || (status !== 'pending' && status !== 'expired');

/**
 * A pending version may have its file already: it waits for a renderer. Only the original of a failure is ever removed
 * while its image stays (`retention.failedDays`).
 */
const hasOriginal = async (originals: Ports['originals'], version: Version): Promise<boolean> => {
  const { id, status, source } = version;
  if (status !== 'pending' && status !== 'failed') return isUploaded(version);
  return (await originals.head(originalKey({ id, version: source }))) !== undefined;
};
