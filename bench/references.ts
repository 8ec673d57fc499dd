import sharp from '../lib/render/locked-sharp.ts';
import { type Rgb, ssimulacra2 } from '../lib/render/ssimulacra2/ssimulacra2.ts';
import type { Made } from './contenders/contender.ts';

/** What a variant should look like: the original decoded whole and filtered once, with no codec behind it. */
export const referencesOf = async (original: Buffer) => {
  const { data, info } = await sharp(original, { autoOrient: true, limitInputPixels: false })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: 3 } as const;
  const made = new Map<string, Rgb>();
  return async ({ width, height }: Pick<Made, 'width' | 'height'>): Promise<Rgb> => {
    const key = `${width}×${height}`;
    const known = made.get(key);
    if (known) return known;
    const cropped = Math.abs(width * info.height - height * info.width) > Math.max(info.width, info.height);
    const pixels = await sharp(data, { raw, limitInputPixels: false })
      .resize({ width, height, fit: cropped ? 'cover' : 'fill' })
      .raw()
      .toBuffer();
    made.set(key, { data: pixels, width, height });
    return { data: pixels, width, height };
  };
};

/** SSIMULACRA2 of the whole picture: 100 is identical, 70 is high quality. */
export const scoreOf = async (file: Uint8Array, picture: Rgb): Promise<number> => {
  const data = await sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer();
  const reference = ssimulacra2()(picture);
  return reference.score(data);
};
