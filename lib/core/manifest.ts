import type { Original, Rendering, Variant } from './image.ts';

type Encoded = Variant & { readonly encoder: Readonly<Record<string, unknown>> };
type Rendered = Omit<Rendering, 'variants'> & { readonly variants: readonly Encoded[] };

/**
 * Everything in a version. It names no image, no version and no moment, so that the same original under the same
 * recipe gives the same manifest, byte for byte, wherever and whenever it is made.
 */
export const manifestOf = (preset: string, original: Original, rendered: Rendered): string => {
  const { kind, width, height, recipe, placeholder, variants } = rendered;
  const files = variants.map((variant) => ({ file: `${variant.name}.${variant.format}`, ...variant }));
  return `${JSON.stringify({ recipe, preset, original, kind, width, height, placeholder, variants: files }, null, 2)}\n`;
};
