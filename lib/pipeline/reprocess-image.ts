import { presetName } from '../core/admission.ts';
import type { Config } from '../core/config.ts';
import { Refusal } from '../core/errors.ts';
import { announce } from '../core/image.ts';
import { originalKey } from '../core/keys.ts';
import type { Catalogue, Claim, Clock, JobQueue, ObjectStore, RenderJob } from '../ports.ts';
import { findImage, noSuchImage } from './find-images.ts';
import { refuseAnotherRequest } from './issue-ticket.ts';
import { presentSettings } from './render-order.ts';
import { uploadedVersion } from './uploaded-version.ts';

type World = { catalogue: Catalogue; originals: ObjectStore; queue: JobQueue; clock: Clock; config: Config };

/**
 * Files the next version of an image, made from the stored original, and hands it to the renderers. A repeat is another
 * version, unless a claim says it is not; the work is sent again then, and finds nothing to do. With `after`, a repeat is
 * refused: that version is not the newest any more.
 */
export const reprocessImage = async (
  world: World,
  id: string,
  { preset, after }: { readonly preset?: string | undefined; readonly after?: number },
  claim?: Claim,
): Promise<RenderJob> => {
  const { catalogue, originals, queue, clock, config } = world;
  const from = await uploadedVersion(catalogue, await findImage(catalogue, id));
  if (!from)
    throw new Refusal('conflict', 'Nothing has been uploaded for this image yet, so there is nothing to render.');
  const { source, original } = from;
  // Only the original of a failure is ever removed while its image stays (`retention.failedDays`).
  if (from.status === 'failed' && !(await originals.head(originalKey({ id, version: source }))))
    throw new Refusal('conflict', 'The original of this failed version has been removed. Upload the file again.');
  // What an older configuration called a preset may be gone from this one.
  const kept = Object.hasOwn(config.presets, from.preset) ? from.preset : undefined;
  const chosen = presetName(config, preset ?? kept);
  const at = clock.now();
  const settings = presentSettings(config, chosen);
  const draft = (version: number) =>
    announce({ id, version, source, original, preset: chosen, settings, expiresAt: null }, at);
  const filed = await catalogue.addVersion(id, draft, { claim, after });
  if (!filed)
    throw after === undefined ? noSuchImage() : new Refusal('conflict', `Version ${after} is not the newest any more.`);
  refuseAnotherRequest(filed, claim);
  const job = { id, version: filed.version };
  await queue.send({ render: job });
  return job;
};
