import type { SourceFormat } from '../core/formats.ts';

/**
 * How far an original is shrunk while it is decoded, when the largest variant needs `scale` of its size.
 *
 * JPEG can be decoded at 1/2, 1/4 or 1/8 for little more than the cost of reading it, and sharp goes that far once
 * the total reduction is at least 3, 5 or 9, leaving a proper filter to do the rest. Other formats are decoded whole, row by row, and
 * kept at twice the largest variant: enough for the second filter to have no visible effect.
 * WebP can scale on its own, but with a poorer filter; that is taken only where the whole would not fit in memory.
 */
export const reduction = (
  format: SourceFormat,
  width: number,
  height: number,
  scale: number,
): { readonly divisor: number; readonly fastShrinkOnLoad: boolean } => {
  const possible = 1 / scale;
  const fastShrinkOnLoad = format === 'jpeg' || width * height > wholeWebpPixels;
  if (format === 'jpeg') return { divisor: jpegDivisor(possible), fastShrinkOnLoad };
  return { divisor: possible >= 3 ? possible / 2 : 1, fastShrinkOnLoad };
};

const jpegDivisor = (possible: number): number => {
  const step = [9, 5, 3].find((step) => step <= possible) ?? 1;
  // A second filter over nearly the same size would only blur, so the decode then ends at the largest variant itself.
  return step > 1 && possible / step < 1.15 ? possible : step;
};

const wholeWebpPixels = 40_000_000;
