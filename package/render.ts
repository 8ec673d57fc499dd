import { type Config, type ConfigInput, defineConfig } from '../lib/core/config.ts';
import { formats } from '../lib/core/formats.ts';
import type { Preset } from '../lib/core/presets.ts';
import { Unusable } from '../lib/core/unusable.ts';
import type { Rendered, RenderedVariant } from '../lib/ports.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { sniff } from '../lib/render/sniff.ts';

/** The entry `./render` of the package: the renderer without a service, for build scripts. */

export { BadPicture, type FailureCode } from '../lib/core/errors.ts';
export type { RenderedVariant } from '../lib/ports.ts';
export * from './config.ts';

export type RenderOptions = {
  /** The name of a preset of the configuration, or a preset. @default the `defaultPreset` of the configuration */
  readonly preset?: string | Preset;
  /** Presets and limits, as in darkroom.config.ts. @default the built-in ones */
  readonly config?: ConfigInput;
  /** Gets each file as soon as it is encoded; the render waits for it. */
  readonly onVariant?: (variant: RenderedFile) => void | Promise<void>;
};

/** One variant with its bytes. */
export type RenderedFile = RenderedVariant & { readonly data: Uint8Array };

export type RenderedPicture = Omit<Rendered, 'variants' | 'spent'> & { readonly variants: readonly RenderedFile[] };

/**
 * Makes every variant of a picture: the same bytes that a service makes of it. Rejects with a `BadPicture`, whose `code`
 * says why, when the picture cannot be used.
 */
export const render = async (
  original: Uint8Array,
  { preset, config: given, onVariant }: RenderOptions = {},
): Promise<RenderedPicture> => {
  const config = defineConfig(given);
  const files = new Map<RenderedVariant, Uint8Array>();
  const found = sniff(original);
  const order = {
    // The renderer refuses bytes that are no picture, with its own sentence.
    contentType: 'accepted' in found ? formats[found.accepted].contentType : 'image/jpeg',
    preset: presetOf(config, preset),
    limits: config.limits,
    keepCopyright: config.keepCopyright,
  } as const;
  const { spent: _spent, ...rendered } = await renderer.render(original, order, async (variant, data) => {
    files.set(variant, data);
    await onVariant?.({ ...variant, data });
  });
  return {
    ...rendered,
    variants: rendered.variants.map((variant) => ({ ...variant, data: files.get(variant) ?? new Uint8Array() })),
  };
};

const renderer = sharpRenderer();

const presetOf = ({ presets, defaultPreset }: Config, wanted: string | Preset = defaultPreset): Preset => {
  if (typeof wanted !== 'string') return wanted;
  const preset = presets[wanted];
  if (!preset) throw new Unusable(`There is no preset ${wanted}; there are ${Object.keys(presets).join(', ')}.`);
  return preset;
};
