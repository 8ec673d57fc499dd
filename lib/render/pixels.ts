import type { Sharp } from 'sharp';
import type { Cut } from '../core/image.ts';
import sharp from './locked-sharp.ts';

/** Upright sRGB pixels, 8 bits per channel, row by row; an animation is its frames one below the other. */
export type Pixels = {
  readonly data: Buffer;
  readonly width: number;
  /** Of one frame. */
  readonly height: number;
  readonly channels: 3 | 4;
  readonly frames: number;
  /** Where they are no more than a part of a picture. */
  readonly cut?: Cut;
};

export const frameOf = (pixels: Pixels, frame: number): Pixels => {
  const bytes = pixels.width * pixels.height * pixels.channels;
  return { ...pixels, data: pixels.data.subarray(frame * bytes, (frame + 1) * bytes), frames: 1 };
};

export const fromPixels = ({ data, width, height, channels, frames }: Pixels): Sharp =>
  sharp(data, {
    // What gets here has passed the limits.
    limitInputPixels: false,
    raw: { width, height: height * frames, channels, ...(frames > 1 && { pageHeight: height }) },
  });

/** Runs a pipeline to its pixels, with or without an alpha channel. */
export const toPixels = async (pipeline: Sharp, frames = 1): Promise<Pixels> => {
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
  const channels = info.channels === 4 ? 4 : 3;
  return { data, width: info.width, height: info.height / frames, channels, frames };
};

/**
 * Gives the memory back at once. Garbage collection does not see how much it is, and the next picture would be decoded
 * while it is still there. No codec may be at work on the pixels.
 */
export const releasePixels = ({ data }: Pixels): void => {
  const { buffer } = data;
  // Node keeps small buffers in a common one.
  if ('transfer' in buffer && buffer.byteLength === data.length) buffer.transfer(0);
};
