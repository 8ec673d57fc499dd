import type { Original, Rendering, Variant } from './image.ts';

type Rendered = Omit<Rendering, 'variants'> & {
  readonly variants: readonly (Variant & { readonly encoder: Readonly<Record<string, unknown>> })[];
  /** Versions of everything that had a hand in the bytes. */
  readonly software: Readonly<Record<string, string>>;
};

/**
 * Everything in a version. It names no image, no version and no moment, so that the same original under the same
 * recipe gives the same manifest, byte for byte, wherever and whenever it is made.
 */
export const manifestOf = (preset: string, original: Original, rendered: Rendered): string => {
  const { kind, width, height, recipe, placeholder, software } = rendered;
  const variants = rendered.variants.map((variant) => ({ file: `${variant.name}.${variant.format}`, ...variant }));
  const manifest = { recipe, preset, original, kind, width, height, placeholder, variants, software };
  return `${JSON.stringify(manifest, null, 2)}\n`;
};
