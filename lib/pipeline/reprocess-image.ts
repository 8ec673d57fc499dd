import { presetName } from '../core/admission.ts';
import { noSuchImage, Refusal } from '../core/errors.ts';
import { newVersion, type Version } from '../core/image.ts';
import type { VersionRef } from '../core/object-keys.ts';
import type { Claim, Ports } from '../ports.ts';
import { findImage } from './find-image.ts';
import { refuseAnotherRequest } from './parts/refuse-another-request.ts';
import { presentSettings } from './parts/render-order.ts';
import { originalRemoved, uploadedVersion } from './parts/uploaded-version.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'queue' | 'clock' | 'config'>;

type Wish = {
  readonly preset?: string | undefined;
  readonly after?: number;
  /** The version whose original is rendered; without it, the newest one whose original is stored. */
  readonly from?: Version;
};

/**
 * Adds the next version of an image, made from the stored original, and sends it to the renderers. Each call makes a new
 * version. With a claim a repeat makes none: it sends the task again, which finds nothing to do. With `after` a repeat is
 * refused, because that version is not the newest any more. docs/decisions.md#reprocess-queue
 */
export const reprocessImage = async (
  world: World,
  id: string,
  { preset, after, from: given }: Wish,
  claim?: Claim,
): Promise<VersionRef> => {
  const { catalogue, queue, clock, config } = world;
  const from = given ?? (await uploadedVersion(world, await findImage(catalogue, id)));
  if (from === 'removed') throw new Refusal('conflict', originalRemoved);
  if (from === 'awaited')
    throw new Refusal('conflict', 'Nothing has been uploaded for this image yet, so there is nothing to render.');
  const { source, original } = from;
  // The preset of the previous version may be missing in the present configuration.
  const kept = Object.hasOwn(config.presets, from.preset) ? from.preset : undefined;
  const chosen = presetName(config, preset ?? kept);
  const at = clock.now();
  const settings = presentSettings(config, chosen);
  const draft = (version: number) =>
    newVersion({ id, version, source, original, preset: chosen, settings, expiresAt: null }, at);
  const added = await catalogue.addVersion({ id, draft, claim, after });
  if (added === 'no-image') throw noSuchImage();
  if (added === 'not-newest') throw new Refusal('conflict', `Version ${after} is not the newest any more.`);
  refuseAnotherRequest(added, claim);
  const version = { id, version: added.version };
  await queue.send({ render: version });
  return version;
};
