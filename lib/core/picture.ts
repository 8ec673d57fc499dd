import { formats, variantFormats } from './formats.ts';
import type { Variant } from './image.ts';

export type Picture = {
  readonly html: string;
  readonly sources: readonly { readonly type: string; readonly srcset: string }[];
  readonly img: { readonly src: string; readonly width: number; readonly height: number };
};
type Published = Variant & { readonly url: string };

/** A `<picture>` of the variants that show the whole image, the most wanted format first. */
export const pictureOf = (variants: readonly Published[], width: number, height: number): Picture => {
  const whole = variants.filter((variant) => Math.abs(variant.width * height - variant.height * width) <= width);
  const shown = whole.length > 0 ? whole : variants;
  const families = variantFormats
    .map((format) => shown.filter((variant) => variant.format === format))
    .filter((family) => family.length > 0);
  const sources = families.map((family) => ({ type: typeOf(family), srcset: srcset(family) }));
  const largest = (families.at(-1) ?? []).reduce((best, next) => (next.width > best.width ? next : best));
  const img = { src: largest.url, width: largest.width, height: largest.height };
  return { html: markup(sources, img), sources, img };
};

const typeOf = (family: readonly Published[]) => formats[family[0]?.format ?? 'jpeg'].contentType;

const srcset = (family: readonly Published[]) => {
  const byWidth = new Map(family.map((variant) => [variant.width, variant.url]));
  return [...byWidth].map(([width, url]) => `${url} ${width}w`).join(', ');
};

const markup = (sources: Picture['sources'], img: Picture['img']) =>
  [
    '<picture>',
    ...sources.map(({ type, srcset }) => `<source type="${type}" srcset="${escapeHtml(srcset)}">`),
    `<img src="${escapeHtml(img.src)}" width="${img.width}" height="${img.height}" alt="">`,
    '</picture>',
  ].join('');

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
