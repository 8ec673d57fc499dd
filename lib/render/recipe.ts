import type { Preset } from '../core/presets.ts';
import { sha256 } from './digest.ts';
import sharp from './locked-sharp.ts';
import { ssimulacra2Version } from './ssimulacra2/ssimulacra2.ts';

/**
 * Grows by one with every change in lib/render that changes the bytes of a variant. Only whoever makes the change can know:
 * no bytes are pinned by a test, because they may differ from one processor to the next.
 */
export const rendererEdition = 3;

/** Versions of everything that has a hand in the bytes. */
export const software: Readonly<Record<string, string>> = {
  renderer: String(rendererEdition),
  platform: `${process.platform}-${process.arch}`,
  ssimulacra2: ssimulacra2Version,
  ...Object.fromEntries(
    (['sharp', 'vips', 'aom', 'heif', 'webp', 'mozjpeg', 'png', 'zlib-ng', 'lcms', 'cgif'] as const).flatMap((name) => {
      const version = sharp.versions[name];
      return version === undefined ? [] : [[name, version]];
    }),
  ),
};

/** The fingerprint of everything that shapes the bytes: preset, renderer, codecs, platform. */
export const recipeOf = (preset: Preset, keepCopyright = false): string =>
  sha256(JSON.stringify({ preset, keepCopyright, software }), 'hex').slice(0, 16);
