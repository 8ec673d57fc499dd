import type { Sharp, SharpOptions } from 'sharp';
import { BadPicture } from '../core/errors.ts';
import { Troubled } from '../core/trouble.ts';
import type { Admitted, Header } from './admit.ts';
import { calibratedToSrgb } from './calibration.ts';
import { fullSample, toSrgb } from './code-points.ts';
import { type ColourMeaning, colourMeaning } from './colour-meaning.ts';
import { hasCompleteScans } from './complete-scans.ts';
import { stretched, stretchedDeep } from './full-range.ts';
import { gifPixels } from './gif/frames.ts';
import sharp from './locked-sharp.ts';
import { withNeutralBlack } from './neutral-black.ts';
import { isOutOfMemory } from './out-of-memory.ts';
import { fromPixels, type Pixels, toPixels } from './pixels.ts';
import { reduction } from './reduction.ts';
import { divideByAlpha } from './straight-alpha.ts';
import { turned } from './upright.ts';

/**
 * The one decode of a render: upright sRGB pixels, shrunk while decoding as far as the largest variant allows.
 * `scale` is the size of the largest variant relative to the original, at most 1.
 */
export const decode = async (admitted: Admitted, scale: number): Promise<Pixels> => {
  try {
    return await pixelsOf(admitted, scale, 'warning').catch((cause) => despiteSurplus(admitted, scale, cause));
  } catch (cause) {
    if (isOutOfMemory(cause)) throw new Troubled('render-memory', { cause });
    const more = { cause, size: { width: admitted.width, height: admitted.height } };
    if (admitted.structure.layered) throw new BadPicture('unsupported-format', layered, more);
    throw new BadPicture('corrupt', undefined, more);
  }
};

/** How far the original is shrunk while it is decoded: besides the original, all that its pixels follow from. */
export const shrinking = ({ frames, format, width, height }: Admitted, scale: number) =>
  frames > 1 ? { divisor: 1, fastShrinkOnLoad: false } : reduction(format, width, height, scale);

const layered =
  'The AVIF holds its picture in layers, and these cannot be decoded here. Export it as one layer, or as JPEG or PNG.';

const despiteSurplus = async (admitted: Admitted, scale: number, cause: unknown): Promise<Pixels> => {
  const isDoubtful = admitted.format === 'jpeg' && !isOutOfMemory(cause);
  if (isDoubtful && (await hasCompleteScans(admitted.bytes))) return pixelsOf(admitted, scale, 'error');
  throw cause;
};

const pixelsOf = async (admitted: Admitted, scale: number, failOn: 'warning' | 'error'): Promise<Pixels> => {
  const { bytes, width, height, frames, structure, header } = admitted;
  const animated = frames > 1;
  const options: SharpOptions = {
    animated,
    autoOrient: !animated,
    failOn,
    limitInputPixels: width * height * frames,
  };
  const { divisor, fastShrinkOnLoad } = shrinking(admitted, scale);
  const shrunk = { width: Math.max(1, Math.round(width / divisor)), height: Math.max(1, Math.round(height / divisor)) };
  if (admitted.format === 'gif') {
    const pixels = await gifPixels(bytes);
    return divisor > 1 ? toPixels(fromPixels(pixels).resize({ ...shrunk, fit: 'fill' })) : pixels;
  }
  const meaning = colourMeaning(structure, header);
  const opened = sharp(header.space === 'cmyk' ? await withNeutralBlack(bytes, header) : bytes, {
    ...options,
    ignoreIcc: header.hasProfile && meaning.by !== 'profile',
  });
  if (structure.premultiplied) {
    const whole = await toSrgbPixels(opened, admitted, meaning);
    return divisor > 1 ? toPixels(fromPixels(whole).resize({ ...shrunk, fit: 'fill' })) : whole;
  }
  const pipeline = divisor > 1 ? opened.resize({ ...shrunk, fit: 'fill', fastShrinkOnLoad }) : opened;
  const pixels = await toSrgbPixels(pipeline, admitted, meaning);
  return animated ? turned(pixels, header.orientation ?? 1) : pixels;
};

const toSrgbPixels = async (pipeline: Sharp, admitted: Admitted, meaning: ColourMeaning): Promise<Pixels> => {
  const { structure, header, frames } = admitted;
  if (meaning.by === 'code-points' || meaning.by === 'calibration') {
    const deep = await deepPixels(pipeline, bitsOf(header));
    if (structure.narrowGrey) stretchedDeep(deep);
    if (structure.premultiplied && deep.channels === 4) divideByAlpha(deep.samples, fullSample(deep.bits));
    return meaning.by === 'code-points' ? toSrgb(deep, meaning.colour) : calibratedToSrgb(deep, meaning.calibration);
  }
  const pixels = await toPixels(meaning.by === 'profile' ? throughProfile(pipeline, header) : pipeline, frames);
  if (structure.narrowGrey) stretched(pixels);
  // A profile was applied to dimmed colours: its curve is nearly a power, under which the dimming stays a factor.
  if (structure.premultiplied && pixels.channels === 4) divideByAlpha(pixels.data, 255);
  return pixels;
};

/**
 * sharp takes most pixels through their profile to sRGB by itself, with two exceptions: 16-bit colours end in Display
 * P3 unless the target is named, and the profile of 16-bit greys is passed over unless they become 8-bit first.
 */
const throughProfile = (pipeline: Sharp, { depth, space }: Header): Sharp => {
  if (depth !== 'ushort') return pipeline;
  return space === 'grey16' ? pipeline.pipelineColourspace('b-w') : pipeline.withIccProfile('srgb');
};

/** Samples of fewer than 8 bits become 8 bits as they are read. */
const bitsOf = ({ bitsPerSample, depth }: Header): number => (depth === 'ushort' ? (bitsPerSample ?? 16) : 8);

const deepPixels = async (pipeline: Sharp, bits: number) => {
  const { data, info } = await pipeline
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const channels: 3 | 4 = info.channels === 4 ? 4 : 3;
  return { samples, bits, width: info.width, height: info.height, channels };
};
