import sharp from '../lib/render/locked-sharp.ts';
import type { Made } from './contenders/contender.ts';
import { likeness, type Pixels } from './likeness.ts';

/** What a variant should look like: the original decoded whole and filtered once, with no codec behind it. */
export const referencesOf = async (original: Buffer) => {
  const { data, info } = await sharp(original, { autoOrient: true, limitInputPixels: false })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: 3 } as const;
  const made = new Map<string, Pixels>();
  return async ({ width, height }: Pick<Made, 'width' | 'height'>): Promise<Pixels> => {
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

export const likenessOf = async (made: Made, reference: Pixels): Promise<number> => {
  const data = await sharp(made.bytes).removeAlpha().raw().toBuffer();
  return likeness(reference, { data, width: made.width, height: made.height });
};
