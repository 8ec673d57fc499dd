import type { Encoding } from '../core/plan.ts';
import { searchSettings } from './choose-quality.ts';
import { sha256Of } from './digest.ts';
import { type EncoderSettings, nearLossless } from './encoder-settings.ts';

/** What all files of a render share. */
export type CommonInputs = {
  /** Its digest. */
  readonly original: string;
  /** How far it is shrunk while it is decoded, which the largest variant of the preset decides. */
  readonly shrinking: unknown;
  /** Versions of all that affects the bytes. */
  readonly software: Readonly<Record<string, string>>;
  /** What is kept of the metadata. */
  readonly copyright: string | undefined;
};

/** What each file has of its own. */
export type OwnInputs = {
  readonly encoderOf: (encoding: Encoding) => EncoderSettings;
  /** The encoding whose result decides where the search for the quality begins. */
  readonly probeOf: (encoding: Encoding) => Encoding | undefined;
};

/**
 * A digest of everything that the bytes of a file follow from: two files with the same fingerprint have the same bytes,
 * quality and score, by any preset. A probe decides where a search begins, so its fingerprint is part of
 * that of every file that begins there. docs/decisions.md#difference
 */
export const fingerprints = (common: CommonInputs, { encoderOf, probeOf }: OwnInputs) => {
  const fingerprintOf = (encoding: Encoding): string => {
    const { names: _, ...file } = encoding;
    const probe = probeOf(encoding);
    const inputs = {
      ...common,
      file,
      encoder: encoderOf(encoding),
      ...(file.quality !== null && { searchSettings }),
      ...(nearLossless.settings[file.format] && { nearLossless }),
      ...(probe && { probe: fingerprintOf(probe) }),
    };
    return sha256Of(JSON.stringify(inputs), 'hex').slice(0, 32);
  };
  return fingerprintOf;
};
