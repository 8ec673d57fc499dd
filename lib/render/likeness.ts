import type { Sharp } from 'sharp';
import sharp from './locked-sharp.ts';
import { ssimulacra2 } from './ssimulacra2/ssimulacra2.ts';

export type Likeness = {
  readonly width: number;
  readonly height: number;
  /** SSIMULACRA2; null if the picture shows a part only, or is too small for the measure. */
  readonly score: number | null;
};

const leastSide = 8;
/** Rounding to whole pixels changes the shape of a small picture a little. */
const shapeTolerance = 0.03;

/** How much a picture of any size looks like the original that it was made from, on a light ground. */
export const likenessOf = async (original: Uint8Array, picture: Uint8Array): Promise<Likeness> => {
  const seen = await rgb(sharp(picture).autoOrient());
  const { width, height } = seen;
  const { autoOrient: whole } = await sharp(original).metadata();
  const isWhole = Math.abs((whole.width * height) / (whole.height * width) - 1) <= shapeTolerance;
  if (!isWhole || Math.min(width, height) < leastSide) return { width, height, score: null };
  const wanted = await rgb(sharp(original).autoOrient().resize(width, height, { fit: 'fill' }));
  const reference = ssimulacra2()(wanted);
  const score = Math.round(reference.score(seen.data) * 10) / 10;
  reference.release();
  return { width, height, score };
};

const rgb = async (pipeline: Sharp) => {
  const { data, info } = await pipeline
    .flatten({ background: '#e6e6e6' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
};
