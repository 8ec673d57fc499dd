import { type Sides, smallerSides } from './smaller-sides.ts';

export type ShrinkTerms = { readonly maxSide: number; readonly least: Sides; readonly quality: number };

/** What a canvas can write as it was; the others are sent as they are. */
export const shrinkableTypes: readonly string[] = ['image/jpeg', 'image/png', 'image/webp'];

/** The picture made smaller, upright; undefined where that would not make the file smaller. */
export const shrink = async (
  file: Blob,
  type: string,
  { maxSide, least, quality }: ShrinkTerms,
): Promise<{ readonly body: Blob; readonly width: number; readonly height: number } | undefined> => {
  // The orientation of a photo is applied as it is decoded, and is not in the file that the canvas writes.
  const whole = await createImageBitmap(file);
  const sides = smallerSides(whole, maxSide, least);
  try {
    if (!sides) return undefined;
    const { width, height } = sides;
    const canvas = new OffscreenCanvas(width, height);
    const small = await createImageBitmap(whole, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
    canvas.getContext('2d')?.drawImage(small, 0, 0);
    small.close();
    const body = await canvas.convertToBlob({ type, quality });
    return body.type === type && body.size < file.size ? { body, width, height } : undefined;
  } finally {
    whole.close();
  }
};
