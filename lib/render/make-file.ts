import type { Encoding, Source } from '../core/plan.ts';
import { isLossy } from '../core/presets.ts';
import type { EarlierFile } from '../ports.ts';
import { type Attempt, type ByteBudget, type Chosen, chooseQuality } from './choose-quality.ts';
import { sha256Of } from './digest.ts';
import type { EncoderSettings } from './encoder-settings.ts';
import { orNearLossless } from './near-lossless.ts';

/** What is said of a file, without its name. */
export type FileFacts = Pick<EarlierFile, 'bytes' | 'quality' | 'score' | 'sha256' | 'why' | 'encoder'>;

type FileOrder = {
  readonly encoding: Encoding;
  readonly source: Source;
  readonly originalBytes: number;
  /** Every setting but the quality. */
  readonly encoder: EncoderSettings;
  /** The quality to begin with. */
  readonly guess: number;
};

/**
 * Makes one file: looks for its quality, and tries a graphic near-lossless as well. `searched` is what the search alone has
 * found; other searches begin there.
 */
export const makeFile = async (
  { encoding, source, originalBytes, encoder, guess }: FileOrder,
  encode: (settings: EncoderSettings) => Promise<Pick<Attempt, 'score' | 'bytes'>>,
): Promise<{ readonly bytes: Uint8Array; readonly facts: FileFacts; readonly searched: Chosen }> => {
  const attempt = async (quality: number | null): Promise<Attempt> => ({
    quality: quality ?? 100,
    ...(await encode({ ...encoder, ...(quality !== null && { quality }) })),
  });
  const searched = await search(encoding, guess, budgetFor(encoding, source, originalBytes), attempt);
  const chosen = await orNearLossless(encoding, source, searched, (settings) => encode({ ...encoder, ...settings }));
  const { bytes, score, why, settings } = chosen;
  const quality = encoding.quality === null || settings ? null : chosen.quality;
  const facts = {
    ...{ bytes: bytes.length, quality, score, sha256: sha256Of(bytes, 'base64'), why },
    encoder: { ...encoder, ...(quality !== null && { quality }), ...settings },
  };
  return { bytes, facts, searched };
};

const search = async (
  { format, quality, animated }: Encoding,
  guess: number,
  budget: ByteBudget | undefined,
  attempt: (quality: number | null) => Promise<Attempt>,
): Promise<Chosen> => {
  if (quality === null || !isLossy(format)) return { ...(await attempt(null)), why: 'lossless' };
  return chooseQuality(format, animated ? guess : quality, guess, budget, attempt);
};

/**
 * What the preset allows; and a picture that was not made smaller need not take more bytes than its original, unless that
 * is worth more than half of the quality.
 */
const budgetFor = (encoding: Encoding, source: Source, originalBytes: number): ByteBudget | undefined => {
  const { picture, quality, maxBytes, animated } = encoding;
  const isOriginal = picture.width === source.width && picture.height === source.height;
  if (maxBytes !== undefined) return { bytes: maxBytes, leastQuality: 1 };
  if (!isOriginal || animated || quality === null) return undefined;
  return { bytes: originalBytes, leastQuality: Math.ceil((typeof quality === 'number' ? quality : quality.from) / 2) };
};
