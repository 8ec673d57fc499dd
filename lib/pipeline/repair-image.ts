import { isAccepted } from '../core/admission.ts';
import { isUnfinished, newVersion } from '../core/image.ts';
import { manifestOf } from '../core/manifest.ts';
import { manifestKey, originalKey, type VersionRef, variantKey } from '../core/object-keys.ts';
import type { Ports } from '../ports.ts';
import { renderOrder } from './parts/render-order.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'variants' | 'renderer' | 'clock' | 'config'>;

/** `unlike`: files came out with other bytes than the version was published with, and were not stored. */
export type Repair = { readonly restored: number; readonly unlike: number };

/**
 * Renders a ready version again and stores its missing files, if they have the same bytes. If they have not, for example on
 * another processor, the image gets its next version. A second run restores no more files, and makes no second version.
 * docs/decisions.md#repair
 */
export const repairImage = async (world: World, { id, version }: VersionRef): Promise<Repair | undefined> => {
  const { catalogue, originals, variants, renderer, clock, config } = world;
  const ready = await catalogue.version(id, version);
  const order = ready && renderOrder(config, ready);
  if (ready?.status !== 'ready' || !order || !isAccepted(config, ready.original.contentType)) return undefined;
  const bytes = await originals.get(originalKey({ id, version: ready.source }));
  if (!bytes) return undefined;

  let restored = 0;
  let unlike = 0;
  let isOther = false;
  const rendered = await renderer.render(bytes, order, async ({ name, format, sha256 }, file) => {
    const published = ready.rendering.variants.find((one) => one.name === name && one.format === format);
    const key = variantKey({ id, version, name, format });
    isOther ||= published?.sha256 !== sha256;
    if (published && (await variants.head(key))?.bytes === published.bytes) return;
    if (published?.sha256 !== sha256) unlike++;
    else {
      await variants.put(key, file);
      restored++;
    }
  });
  const lacksManifest = !(await variants.head(manifestKey({ id, version })));
  // A manifest of this render would list other bytes than are stored.
  if (lacksManifest && isOther) unlike++;
  else if (lacksManifest) {
    await variants.put(
      manifestKey({ id, version }),
      new TextEncoder().encode(manifestOf(ready.preset, ready.original, rendered)),
    );
    restored++;
  }
  if (unlike > 0) {
    const { preset, source, original } = ready;
    const { preset: content, keepCopyright } = order;
    const settings = { preset: content, keepCopyright };
    const draft = (next: number) =>
      newVersion({ id, version: next, preset, settings, source, original, expiresAt: null }, clock.now());
    const image = await catalogue.find(id);
    // A version under way will replace it; one that failed or expired will not. The sweep finds the next version
    // and sends it to a renderer.
    if (image?.visible?.version === version && !isUnfinished(image.newest))
      await catalogue.addVersion({ id, draft, after: image.newest.version });
  }
  return { restored, unlike };
};
