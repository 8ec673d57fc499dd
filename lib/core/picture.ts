import { formats, variantFormats } from './formats.ts';
import type { Variant } from './image.ts';

/** What a page needs to show an image: finished HTML, and the same as data. */
export type Picture = {
  readonly html: string;
  readonly sources: readonly { readonly type: string; readonly srcset: string }[];
  readonly img: { readonly src: string; readonly width: number; readonly height: number };
};
/** Attributes of the finished HTML. */
export type PictureWishes = {
  /** @default '', as for mere decoration */
  readonly alt?: string | undefined;
  /** @default the width of the window, up to the largest variant */
  readonly sizes?: string | undefined;
};
type Published = Pick<Variant, 'format' | 'width' | 'height' | 'bytes'> & { readonly url: string };
type Size = { readonly width: number; readonly height: number };

/**
 * The `<picture>` of a rendering of this size. Only variants that show the whole picture take part, each width once;
 * a preset that crops everything gets the family of its largest crop. `width` and `height` are those of the largest,
 * so that a page keeps the room free before the first byte arrives.
 */
export const pictureOf = (
  variants: readonly Published[],
  width: number,
  height: number,
  wishes: PictureWishes = {},
): Picture => {
  const family = familyOf({ width, height }, variants);
  const sources = variantFormats
    .map((format) => ({ format, candidates: widestFirst(family.filter((variant) => variant.format === format)) }))
    .filter(({ candidates }) => candidates.length > 0)
    .filter(({ candidates }, at, all) => !all.slice(at + 1).some((later) => isLarger(candidates, later.candidates)));
  const fallback = sources.at(-1)?.candidates[0];
  if (!fallback) throw new RangeError('a picture needs at least one variant');
  const data = {
    sources: sources.map(({ format, candidates }) => ({
      type: formats[format].contentType,
      srcset: candidates.map((variant) => `${variant.url} ${variant.width}w`).join(', '),
    })),
    img: { src: fallback.url, width: fallback.width, height: fallback.height },
  };
  return { html: htmlOf(data, wishes), ...data };
};

/** A better format is not offered if it takes more bytes than one that all its viewers can show too. */
const isLarger = (better: readonly Published[], other: readonly Published[]): boolean =>
  bytesOf(better) > bytesOf(other);
const bytesOf = (variants: readonly Published[]): number => variants.reduce((sum, { bytes }) => sum + bytes, 0);

const familyOf = (whole: Size, variants: readonly Published[]): readonly Published[] => {
  const uncropped = variants.filter((variant) => isShapeOf(whole, variant));
  if (uncropped.length > 0) return uncropped;
  const [largest] = widestFirst(variants);
  return largest ? variants.filter((variant) => isShapeOf(largest, variant)) : [];
};

/** Whether scaling the whole gives exactly this size: the shorter side must be what the longer one asks for. */
const isShapeOf = (whole: Size, { width, height }: Size): boolean =>
  whole.width >= whole.height
    ? isRounded(height, width * whole.height, whole.width)
    : isRounded(width, height * whole.width, whole.height);

/**
 * Whether a length is this fraction in whole pixels. Exactly halfway between two, it may be either: the plan multiplies by
 * a scale, which may lie just below or above.
 */
const isRounded = (length: number, dividend: number, divisor: number): boolean => {
  const nearest = Math.max(1, Math.round(dividend / divisor));
  return length === nearest || (length === nearest - 1 && (2 * nearest - 1) * divisor === 2 * dividend);
};

const widestFirst = (variants: readonly Published[]): readonly Published[] => {
  const byWidth = new Map<number, Published>();
  for (const variant of variants) if (!byWidth.has(variant.width)) byWidth.set(variant.width, variant);
  return [...byWidth.values()].sort((a, b) => b.width - a.width);
};

const htmlOf = ({ sources, img }: Omit<Picture, 'html'>, { alt = '', sizes: wanted }: PictureWishes): string => {
  // Candidates with widths need `sizes`.
  const sizes = wanted ?? `(max-width: ${img.width}px) 100vw, ${img.width}px`;
  return [
    '<picture>',
    ...sources.map(({ type, srcset }) => tag('source', { type, srcset, sizes })),
    tag('img', { ...img, alt, loading: 'lazy', decoding: 'async' }),
    '</picture>',
  ].join('');
};

const tag = (name: string, attributes: Record<string, string | number>): string =>
  `<${name} ${Object.entries(attributes)
    .map(([key, value]) => `${key}="${escaped(String(value))}"`)
    .join(' ')}>`;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
