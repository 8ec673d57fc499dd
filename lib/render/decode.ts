import type { SharpOptions } from 'sharp';
import { BadPicture } from '../core/errors.ts';
import type { Admitted } from './admit.ts';
import { isPlainSrgb, toSrgb } from './code-points.ts';
import sharp from './locked-sharp.ts';
import { type Pixels, toPixels } from './pixels.ts';
import { reduction } from './reduction.ts';

/**
 * The one decode of a job: upright sRGB pixels, shrunk while decoding as far as the largest variant allows.
 * `scale` is the size of the largest variant relative to the original, at most 1.
 */
export const decode = async (admitted: Admitted, scale: number): Promise<Pixels> => {
  try {
    return await pixelsOf(admitted, scale);
  } catch (cause) {
    throw new BadPicture('corrupt', undefined, { cause, size: { width: admitted.width, height: admitted.height } });
  }
};

const pixelsOf = async (admitted: Admitted, scale: number): Promise<Pixels> => {
  const { bytes, width, height, structure, header } = admitted;
  const animated = structure.frames > 1;
  const options: SharpOptions = {
    animated,
    autoOrient: true,
    failOn: structure.harmlessFlaw ? 'error' : 'warning',
    limitInputPixels: width * height * structure.frames,
  };
  const { divisor, fastShrinkOnLoad } = animated
    ? { divisor: 1, fastShrinkOnLoad: false }
    : reduction(admitted.format, width, height, scale);
  const shrunk = { width: Math.max(1, Math.round(width / divisor)), height: Math.max(1, Math.round(height / divisor)) };
  const opened = sharp(bytes, options);
  const pipeline = divisor > 1 ? opened.resize({ ...shrunk, fit: 'fill', fastShrinkOnLoad }) : opened;

  const { colour } = structure;
  if (colour && !isPlainSrgb(colour)) return toSrgb(await deepPixels(pipeline), colour);

  // sharp takes 16-bit pixels through their profile to Display P3; naming the target brings them on to sRGB.
  const profiled16Bit = header.depth === 'ushort' && header.space === 'rgb16' && header.hasProfile;
  return toPixels(profiled16Bit ? pipeline.withIccProfile('srgb') : pipeline, structure.frames);
};

const deepPixels = async (pipeline: ReturnType<typeof sharp>) => {
  const { data, info } = await pipeline
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const channels: 3 | 4 = info.channels === 4 ? 4 : 3;
  return { samples, width: info.width, height: info.height, channels };
};
