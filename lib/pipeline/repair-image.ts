import { newVersion } from '../core/image.ts';
import { manifestKey, originalKey, type VersionRef, variantKey } from '../core/keys.ts';
import { manifestOf } from '../core/manifest.ts';
import type { Ports } from '../ports.ts';
import { renderOrder } from './parts/render-order.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'variants' | 'renderer' | 'clock' | 'config'>;

/** `unlike`: files came out with other bytes than the version was published with, and were not stored. */
export type Repair = { readonly restored: number; readonly unlike: number };

/**
 * Renders a ready version again and stores what is missing of it, if it has the very same bytes. If it has not, another
 * processor perhaps, the image gets its next version. A second run restores nothing more, and makes no second version.
 * docs/decisions.md#repair
 */
export const repairImage = async (world: World, { id, version }: VersionRef): Promise<Repair | undefined> => {
  const { catalogue, originals, variants, renderer, clock, config } = world;
  const ready = await catalogue.version(id, version);
  const order = ready && renderOrder(config, ready);
  if (ready?.status !== 'ready' || !order) return undefined;
  const bytes = await originals.get(originalKey({ id, version: ready.source }));
  if (!bytes) return undefined;

  let restored = 0;
  let unlike = 0;
  const rendered = await renderer.render(bytes, order, async ({ name, format, sha256 }, file) => {
    const published = ready.rendering.variants.find((one) => one.name === name && one.format === format);
    const key = variantKey({ id, version, name, format });
    if (await variants.head(key)) return;
    if (published?.sha256 !== sha256) unlike++;
    else {
      await variants.put(key, file);
      restored++;
    }
  });
  if (unlike === 0 && !(await variants.head(manifestKey({ id, version })))) {
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
    // The sweep finds it and hands it to a renderer.
    await catalogue.addVersion({ id, draft, after: version });
  }
  return { restored, unlike };
};
