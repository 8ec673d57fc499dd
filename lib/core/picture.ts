import { type Format, formats, variantFormats } from './formats.ts';
import type { Variant } from './image.ts';

/** What a page needs to show an image: ready-made markup, and the same as data for those who build their own. */
export type PictureMarkup = {
  readonly html: string;
  readonly sources: readonly { readonly type: string; readonly srcset: string }[];
  readonly img: { readonly src: string; readonly width: number; readonly height: number };
};

type Sized = Pick<Variant, 'format' | 'width' | 'height'>;

/**
 * The `<picture>` of a rendering. Only variants that show the whole picture take part, each width once; a preset that
 * crops everything gets the family of its largest crop. `width` and `height` are those of the largest, so that a page
 * keeps the room free before the first byte arrives.
 */
export const pictureOf = <V extends Sized>(
  rendering: { readonly width: number; readonly height: number; readonly variants: readonly V[] },
  urlOf: (variant: V) => string,
): PictureMarkup => {
  const family = familyOf(rendering, rendering.variants);
  const sources = variantFormats
    .map((format) => ({ format, candidates: widestFirst(family.filter((variant) => variant.format === format)) }))
    .filter(({ candidates }) => candidates.length > 0);
  const fallback = sources.at(-1)?.candidates[0];
  if (fallback === undefined) throw new RangeError('a picture needs at least one variant');
  const markup = {
    sources: sources.map(({ format, candidates }) => ({
      type: formats[format as Format].contentType,
      srcset: candidates.map((variant) => `${urlOf(variant)} ${variant.width}w`).join(', '),
    })),
    img: { src: urlOf(fallback), width: fallback.width, height: fallback.height },
  };
  return { html: htmlOf(markup), ...markup };
};

const familyOf = <V extends Sized>(whole: { width: number; height: number }, variants: readonly V[]): readonly V[] => {
  const uncropped = variants.filter((variant) => isShapeOf(whole, variant));
  if (uncropped.length > 0) return uncropped;
  const [largest] = widestFirst(variants);
  return largest ? variants.filter((variant) => isShapeOf(largest, variant)) : [];
};

/** Whether scaling the whole gives exactly this size: the shorter side must be what the longer one asks for. */
const isShapeOf = (whole: { width: number; height: number }, { width, height }: Sized): boolean =>
  whole.width >= whole.height
    ? height === Math.max(1, Math.round((width * whole.height) / whole.width))
    : width === Math.max(1, Math.round((height * whole.width) / whole.height));

const widestFirst = <V extends Sized>(variants: readonly V[]): readonly V[] => {
  const byWidth = new Map<number, V>();
  for (const variant of variants) if (!byWidth.has(variant.width)) byWidth.set(variant.width, variant);
  return [...byWidth.values()].sort((a, b) => b.width - a.width);
};

const htmlOf = ({ sources, img }: Omit<PictureMarkup, 'html'>): string => {
  const sizes = `(max-width: ${img.width}px) 100vw, ${img.width}px`;
  return [
    '<picture>',
    ...sources.map(({ type, srcset }) => tag('source', { type, srcset, sizes })),
    tag('img', { ...img, alt: '', loading: 'lazy', decoding: 'async' }),
    '</picture>',
  ].join('');
};

const tag = (name: string, attributes: Record<string, string | number>): string =>
  `<${name} ${Object.entries(attributes)
    .map(([key, value]) => `${key}="${escaped(String(value))}"`)
    .join(' ')}>`;

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
