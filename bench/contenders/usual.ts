import sharp from 'sharp';
import { type Encoding, plan } from '../../lib/core/plan.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { firstGuess } from '../../lib/render/choose-quality.ts';
import type { Contender, Made } from './contender.ts';

/** What most code around sharp does: a pipeline from the file for each variant, all of them at once. */
const pipelines =
  (settings: (encoding: Encoding) => object): Contender =>
  async (original) => {
    const { autoOrient } = await sharp(original).metadata();
    const source = { ...autoOrient, kind: 'photo', transparent: false, format: 'jpeg' } as const;
    const made = await Promise.all(
      plan(shippedPresets.web, source).map(async (encoding): Promise<Made[]> => {
        const { picture, format, quality, names } = encoding;
        const { width, height } = picture;
        const bytes = await sharp(original)
          .autoOrient()
          .resize({ width, height, fit: picture.fit === 'cover' ? 'cover' : 'fill' })
          .toFormat(format, { ...(quality !== null && { quality: firstGuess(quality) }), ...settings(encoding) })
          .toBuffer();
        return names.map((name) => ({ name, format, width, height, bytes }));
      }),
    );
    return made.flat();
  };

/** sharp's default efforts. mozjpeg on both sides, because it is what every guide recommends. */
export const usual = pipelines(({ format }) => (format === 'jpeg' ? { mozjpeg: true } : {}));

/** The same code with the settings of our encoders, so that only the way of working differs. */
export const usualWithOurSettings = (settingsFor: (encoding: Encoding) => object): Contender => pipelines(settingsFor);
