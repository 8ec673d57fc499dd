/** The widths of the preset `web`. */
const usualWidths: readonly number[] = [320, 640, 960, 1280];

export type VariantUrlOptions = {
  /** The widths of the variants `320w`, `640w` …; @default those of the preset `web` */
  readonly widths?: readonly number[];
  /** @default the best one that the viewer can show, which the service finds out */
  readonly format?: 'avif' | 'webp' | 'jpeg' | 'png' | undefined;
};

/**
 * The address of the smallest variant that is wide enough, or else of the largest. `version` is the address of a version,
 * such as `https://pictures.example/images/{id}/v1`.
 */
export const variantUrl = (
  version: string | URL,
  width: number,
  { widths = usualWidths, format }: VariantUrlOptions = {},
): string => {
  const fitting = widths.filter((one) => one >= width);
  const chosen = fitting.length > 0 ? Math.min(...fitting) : Math.max(...widths);
  return `${String(version).replace(/\/+$/, '')}/${chosen}w${format ? `.${format}` : ''}`;
};

/** A `loader` for `next/image`: the `src` of an image is the address of a version. */
export const nextLoader =
  (options: VariantUrlOptions = {}) =>
  ({ src, width }: { readonly src: string; readonly width: number }): string =>
    variantUrl(src, width, options);

/** A `transformer` for Unpic: the `src` of an image is the address of a version. */
export const unpicTransformer =
  (options: VariantUrlOptions = {}) =>
  (src: string | URL, { width }: { readonly width?: number | string | undefined }): string =>
    variantUrl(src, Number(width ?? Number.POSITIVE_INFINITY), options);
