import type { Format, Kind } from '../core/formats.ts';
import type { Encoding } from '../core/plan.ts';
import { avifEffort, webpEffort } from './effort.ts';
import type { Motion } from './motion.ts';

export type EncoderSettings = Readonly<Record<string, unknown>>;

/** Every setting that an encoding's encoder is given, which is also what the manifest says of it. */
export const encoderFor = (
  encoding: Encoding,
  kind: Kind,
  motion: Partial<Motion>,
  frames: number,
): EncoderSettings => {
  const pixels = encoding.picture.width * encoding.picture.height;
  return {
    ...settings[encoding.format](pixels * (encoding.animated ? frames : 1), kind),
    ...(encoding.quality !== null && { quality: encoding.quality }),
    ...(encoding.animated && { loop: motion.loop ?? 0, delay: (motion.delay ?? []).slice(0, frames) }),
  };
};

const settings = {
  avif: (pixels) => ({ effort: avifEffort(pixels), chromaSubsampling: '4:4:4' }),
  // Line art and text lose their coloured edges to the plain halving of chroma.
  webp: (pixels, kind) => ({ effort: webpEffort(pixels), ...(kind === 'graphic' && { smartSubsample: true }) }),
  jpeg: () => ({ mozjpeg: true }),
  png: () => ({ compressionLevel: 9 }),
} as const satisfies Record<Format, (pixels: number, kind: Kind) => EncoderSettings>;
