import type { Original, Rendering, Variant } from './image.ts';

/** Why a file has its quality: docs/rendering.md#quality-picture-by-picture */
export const reasons = [
  'lossless',
  'near-lossless',
  'fixed',
  'target',
  'end-of-range',
  'nearest',
  'byte-budget',
  'over-budget',
] as const;

type RenderedFiles = Omit<Rendering, 'variants'> & {
  readonly variants: readonly (Variant & { readonly encoder: Readonly<Record<string, unknown>> })[];
  /** The versions of the software that made the bytes. */
  readonly software: Readonly<Record<string, string>>;
};

/**
 * The list of all files of a version. It contains no image id, no version and no time, so the same original with the
 * same recipe gives the same manifest, byte for byte, in every home. docs/decisions.md#manifest
 */
export const manifestOf = (preset: string, original: Original, rendered: RenderedFiles): string => {
  const { kind, width, height, recipe, placeholder, software } = rendered;
  const variants = rendered.variants.map((variant) => ({ file: `${variant.name}.${variant.format}`, ...variant }));
  const manifest = { recipe, preset, original, kind, width, height, placeholder, variants, software };
  return `${JSON.stringify(manifest, null, 2)}\n`;
};
