import type { Encoding, Source } from '../core/plan.ts';
import type { Attempt, Chosen } from './choose-quality.ts';
import { type EncoderSettings, nearLossless } from './encoder-settings.ts';

type File = Pick<Attempt, 'score' | 'bytes'>;

/**
 * A graphic has few colours and repeats itself, so a file that keeps its pixels, or nearly, is often the smallest. It replaces
 * the chosen file only if it is smaller and looks no worse: at least the score of a lossy file, or beside a lossless
 * one so high a score that no difference can be seen.
 */
export const orNearLossless = async (
  encoding: Encoding,
  source: Pick<Source, 'kind'>,
  chosen: Chosen,
  attempt: (settings: EncoderSettings) => Promise<File>,
): Promise<Chosen & { readonly settings?: EncoderSettings }> => {
  const { picture, format, maxBytes = Number.POSITIVE_INFINITY } = encoding;
  const settings = nearLossless.settings[format];
  if (source.kind !== 'graphic' || !settings || picture.width * picture.height > nearLossless.upTo) return chosen;
  const { score, bytes } = await attempt(settings);
  const leastScore = chosen.why === 'lossless' ? nearLossless.invisible : chosen.score;
  if (score < leastScore || bytes.length >= chosen.bytes.length || bytes.length > maxBytes) return chosen;
  return { quality: 100, score, bytes, why: score === 100 ? 'lossless' : 'near-lossless', settings };
};
