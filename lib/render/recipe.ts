import { keepsCopyright } from '../core/image.ts';
import type { Preset } from '../core/presets.ts';
import { searchSettings } from './choose-quality.ts';
import { copyrightSources } from './copyright.ts';
import { sha256Of } from './digest.ts';
import { encoderSteps, graphicSettings, nearLossless } from './encoder-settings.ts';
import sharp from './locked-sharp.ts';
import { ssimulacra2Version } from './ssimulacra2/ssimulacra2.ts';

/**
 * Grows by one with every change of code in lib/render that changes the bytes of a variant; settings are part of the recipe
 * by themselves. test/render/recorded-bytes.service.ts fails where that was forgotten.
 */
export const rendererEdition = 8;

/** Versions of all that affects the bytes. */
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

const settings = { encoderSteps, graphicSettings, nearLossless, searchSettings };

/** A digest of everything that shapes the bytes: preset, what is kept of the metadata, edition and settings of the renderer, codecs, platform. */
export const recipeOf = (preset: Preset, keepCopyright = false, madeBy = software): string => {
  const kept = keepsCopyright({ preset, keepCopyright }) && { copyrightSources };
  return sha256Of(JSON.stringify({ preset, keepCopyright, ...kept, software: madeBy, settings }), 'hex').slice(0, 16);
};
