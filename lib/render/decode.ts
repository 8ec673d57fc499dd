import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { BadPicture } from '../core/errors.ts';
import { Troubled } from '../core/trouble.ts';
import type { Admitted } from './admit.ts';
import { isPlainSrgb, toSrgb } from './code-points.ts';
import sharp from './locked-sharp.ts';
import { withNeutralBlack } from './neutral-black.ts';
import { isOutOfMemory } from './out-of-memory.ts';
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
    if (isOutOfMemory(cause)) throw new Troubled('render-memory', { cause });
    throw new BadPicture('corrupt', undefined, { cause, size: { width: admitted.width, height: admitted.height } });
  }
};

const pixelsOf = async (admitted: Admitted, scale: number): Promise<Pixels> => {
  const { bytes, width, height, frames, structure, header } = admitted;
  const animated = frames > 1;
  const options: SharpOptions = {
    animated,
    autoOrient: true,
    failOn: structure.harmlessFlaw ? 'error' : 'warning',
    limitInputPixels: width * height * frames,
  };
  const { divisor, fastShrinkOnLoad } = animated
    ? { divisor: 1, fastShrinkOnLoad: false }
    : reduction(admitted.format, width, height, scale);
  const shrunk = { width: Math.max(1, Math.round(width / divisor)), height: Math.max(1, Math.round(height / divisor)) };
  const opened = sharp(header.space === 'cmyk' ? await withNeutralBlack(bytes, header) : bytes, options);
  const pipeline = divisor > 1 ? opened.resize({ ...shrunk, fit: 'fill', fastShrinkOnLoad }) : opened;

  const { colour } = structure;
  if (colour && !isPlainSrgb(colour)) return toSrgb(await deepPixels(pipeline, bitsOf(header)), colour);

  return toPixels(throughProfile(pipeline, header), frames);
};

/**
 * sharp takes most pixels through their profile to sRGB by itself, with two exceptions: 16-bit colours end in Display
 * P3 unless the target is named, and the profile of 16-bit greys is passed over unless they become 8-bit first.
 */
const throughProfile = (pipeline: Sharp, { depth, space, hasProfile }: Metadata): Sharp => {
  if (depth !== 'ushort' || !hasProfile) return pipeline;
  return space === 'grey16' ? pipeline.pipelineColourspace('b-w') : pipeline.withIccProfile('srgb');
};

const bitsOf = ({ bitsPerSample, depth }: Metadata): number => bitsPerSample ?? (depth === 'ushort' ? 16 : 8);

const deepPixels = async (pipeline: Sharp, bits: number) => {
  const { data, info } = await pipeline
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const channels: 3 | 4 = info.channels === 4 ? 4 : 3;
  return { samples, bits, width: info.width, height: info.height, channels };
};
