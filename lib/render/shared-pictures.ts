import { formats } from '../core/formats.ts';
import type { Cut } from '../core/image.ts';
import type { Encoding } from '../core/plan.ts';
import { frameOf, fromPixels, type Pixels, toPixels } from './pixels.ts';
import { scaled } from './scale.ts';
import { type Scorer, type ScorerMemory, scorers } from './scorer.ts';

/**
 * Every format of a picture uses the same pixels and the same scorer, which are released after the last one. A still is
 * made of the first frame alone. For a format without transparency, the picture is laid on white, never on black.
 */
export const sharedPictures = (upright: Pixels, encodings: readonly Encoding[], memory: ScorerMemory = 'keeps') => {
  const scorerOf = scorers(memory);
  const shared = new Map<string, { picture?: Promise<Shared>; waiting: number }>();
  const isFlat = ({ format }: Encoding) => upright.channels === 4 && !formats[format].transparency;
  const keyOf = (encoding: Encoding) => JSON.stringify([encoding.picture, encoding.animated, isFlat(encoding)]);
  const entryOf = (encoding: Encoding) => {
    const entry = shared.get(keyOf(encoding)) ?? { waiting: 0 };
    shared.set(keyOf(encoding), entry);
    return entry;
  };
  for (const encoding of encodings) entryOf(encoding).waiting++;

  const prepare = async (encoding: Encoding): Promise<Shared> => {
    const resized = await scaled(upright, encoding.picture, encoding.animated ? upright.frames : 1);
    const pixels = isFlat(encoding)
      ? await toPixels(fromPixels(resized).flatten({ background: '#ffffff' }), resized.frames)
      : resized;
    return { pixels, scorer: scorerOf(frameOf(pixels, 0)), cut: resized.cut };
  };
  return {
    /** Resolves to the pixels of an encoding, to their scorer, and to the part of the picture that they show. */
    take: (encoding: Encoding): Promise<Shared> => {
      const entry = entryOf(encoding);
      entry.picture ??= prepare(encoding);
      return entry.picture;
    },
    /** An encoding needs its picture no longer. */
    leave: async (encoding: Encoding): Promise<void> => {
      const entry = entryOf(encoding);
      if (--entry.waiting > 0) return;
      shared.delete(keyOf(encoding));
      (await entry.picture)?.scorer.release();
    },
  };
};

type Shared = { readonly pixels: Pixels; readonly scorer: Scorer; readonly cut: Cut | undefined };

/** What the frames of an encoding take in memory beside those of the original. */
export const bytesBeside = (upright: Pixels, { picture, animated }: Encoding): number => {
  const isOriginal = picture.width === upright.width && picture.height === upright.height;
  return animated && !isOriginal ? picture.width * picture.height * upright.channels * upright.frames : 0;
};
