import { rgbaToThumbHash } from 'thumbhash';
import type { Rendering } from '../core/image.ts';
import { frameOf, fromPixels, type Pixels } from './pixels.ts';

const maxSide = 100;

/** What a page shows before the first byte of a variant arrives: a blur in some 25 bytes, and one colour. */
export const placeholder = async (upright: Pixels): Promise<Rendering['placeholder']> => {
  const scale = Math.min(1, maxSide / Math.max(upright.width, upright.height));
  const width = Math.max(1, Math.round(upright.width * scale));
  const height = Math.max(1, Math.round(upright.height * scale));
  const small = await fromPixels(frameOf(upright, 0))
    .resize({ width, height, fit: 'fill' })
    .ensureAlpha()
    .raw()
    .toBuffer();
  return { thumbhash: Buffer.from(rgbaToThumbHash(width, height, small)).toString('base64'), color: dominant(small) };
};

/** The mean of the fullest of 512 boxes of the colour cube, by opacity: a colour that is really in the picture. */
const dominant = (rgba: Buffer): string => {
  const boxes = new Map<number, [weight: number, red: number, green: number, blue: number]>();
  for (let at = 0; at < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(at, at + 4);
    const key = ((red >> 5) << 6) | ((green >> 5) << 3) | (blue >> 5);
    const box = boxes.get(key) ?? [0, 0, 0, 0];
    boxes.set(key, [box[0] + alpha, box[1] + alpha * red, box[2] + alpha * green, box[3] + alpha * blue]);
  }
  const [weight, ...sums] = [...boxes.values()].reduce((fullest, box) => (box[0] > fullest[0] ? box : fullest));
  return `#${sums.map((sum) => hex(weight > 0 ? sum / weight : 255)).join('')}`;
};

const hex = (channel: number): string => Math.round(channel).toString(16).padStart(2, '0');
