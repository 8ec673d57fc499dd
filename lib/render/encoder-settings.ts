import type { Format } from '../core/formats.ts';
import type { Encoding, Source } from '../core/plan.ts';
import type { Motion } from './motion.ts';

export type EncoderSettings = Readonly<Record<string, unknown>>;

/**
 * How hard each encoder tries, by the pixels of all frames; of the steps of a format, the first that reaches so far counts.
 * They are data because the recipe is a digest of them. What they buy is in docs/performance.md.
 */
export const encoderSteps: Readonly<Record<Format, readonly Step[]>> = {
  // Effort 3 pays for itself after some thirty views, 4 after hundreds. Very large pictures must not use up the time of
  // a render.
  avif: [
    { upTo: 3_000_000, settings: { effort: 3, chromaSubsampling: '4:4:4' } },
    { settings: { effort: 1, chromaSubsampling: '4:4:4' } },
  ],
  // Effort 6 saves 5 % for twice the CPU, which is little where a picture is small; but an alpha channel takes up to a
  // hundred times the CPU of effort 5, and saves 1 %. Long animations must not use up the time of a render.
  webp: [
    { upTo: 150_000, settings: { effort: 6 }, withAlpha: { effort: 5 } },
    { upTo: 16_000_000, settings: { effort: 4 } },
    { settings: { effort: 2 } },
  ],
  jpeg: [{ settings: { mozjpeg: true } }],
  png: [{ settings: { compressionLevel: 9 } }],
};
type Step = { readonly upTo?: number; readonly settings: EncoderSettings; readonly withAlpha?: EncoderSettings };

/** Line art and text lose their coloured edges to the plain halving of chroma. */
export const graphicSettings: Readonly<Record<Format, EncoderSettings>> = {
  avif: {},
  webp: { smartSubsample: true },
  jpeg: {},
  png: {},
};

/**
 * What graphics are tried with besides: a WebP whose colours are changed by a few steps at most, and a PNG of at most 256
 * colours. `invisible` is the score at which nothing can be told apart side by side; `upTo` are the pixels above which a
 * second encode would take too long.
 */
export const nearLossless: {
  readonly settings: Partial<Record<Format, EncoderSettings>>;
  readonly invisible: number;
  readonly upTo: number;
} = {
  settings: { webp: { nearLossless: true, quality: 40 }, png: { palette: true } },
  invisible: 90,
  upTo: 3_000_000,
};

/** Every setting of the encoder except the quality; the manifest shows the same. */
export const encoderFor = (
  encoding: Encoding,
  { kind, transparent }: Pick<Source, 'kind' | 'transparent'>,
  motion: Partial<Motion>,
  frames: number,
): EncoderSettings => {
  const { picture, format, animated } = encoding;
  const pixels = picture.width * picture.height * (animated ? frames : 1);
  const step = encoderSteps[format].find(({ upTo }) => upTo === undefined || pixels <= upTo);
  return {
    ...step?.settings,
    ...(transparent && step?.withAlpha),
    ...(kind === 'graphic' && graphicSettings[format]),
    ...(animated && { loop: motion.loop ?? 0, delay: (motion.delay ?? []).slice(0, frames) }),
  };
};
