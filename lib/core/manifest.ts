import type { Rendered, RenderedVariant } from '../ports.ts';
import type { ContentType } from './formats.ts';

/**
 * Everything that is in a version, for whoever wants to check it. It holds no id, version, clock or duration:
 * the same original and recipe give the identical manifest, byte for byte.
 */
export type Manifest = {
  readonly manifest: 1;
  readonly preset: string;
  readonly recipe: string;
  readonly kind: Rendered['kind'];
  readonly width: number;
  readonly height: number;
  readonly placeholder: Rendered['placeholder'];
  readonly original: OriginalFacts & Rendered['original'];
  readonly variants: readonly (RenderedVariant & { readonly file: string })[];
  readonly software: Rendered['software'];
};

export type OriginalFacts = { readonly contentType: ContentType; readonly bytes: number; readonly sha256: string };

export const manifestOf = (preset: string, original: OriginalFacts, rendered: Rendered): Manifest => ({
  manifest: 1,
  preset,
  recipe: rendered.recipe,
  kind: rendered.kind,
  width: rendered.width,
  height: rendered.height,
  placeholder: rendered.placeholder,
  original: {
    contentType: original.contentType,
    bytes: original.bytes,
    sha256: original.sha256,
    width: rendered.original.width,
    height: rendered.original.height,
  },
  variants: rendered.variants.map(({ name, format, width, height, bytes, quality, sha256, encoder }) => ({
    file: `${name}.${format}`,
    name,
    format,
    width,
    height,
    bytes,
    quality,
    sha256,
    encoder,
  })),
  software: rendered.software,
});

export const manifestJson = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;
