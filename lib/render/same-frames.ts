import type { Sharp } from 'sharp';
import { distanceOf, isSamePicture } from './cells.ts';
import sharp from './locked-sharp.ts';
import { fromPixels, type Pixels } from './pixels.ts';

/** Whether a file, decoded again, shows the frames it was made from, all of them and in their order. */
export const hasSameFrames = async (file: Uint8Array, pixels: Pixels): Promise<boolean> => {
  const decoded = sharp(file, { animated: true, limitInputPixels: false });
  // sharp knows the pages of a file, but reads those of raw pixels as one tall picture.
  const [meant, made] = [
    await smallFrames(
      fromPixels({ ...pixels, height: pixels.height * pixels.frames, frames: 1 }),
      pixels,
      pixels.frames,
    ),
    await smallFrames(decoded, pixels, 1),
  ];
  // Encoders write a frame that repeats the one before as one longer frame, so several of ours may be one in the file.
  let here = new Set([0]);
  for (const [index, frame] of meant.entries()) {
    const candidates = index === 0 ? here : new Set([...here].flatMap((at) => [at, at + 1]));
    here = new Set([...candidates].filter((at) => at < made.length && isAlike(frame, made[at])));
  }
  return here.has(made.length - 1);
};

const side = 16;

/** Each frame so small that all of them together take little memory. */
const smallFrames = async (
  pipeline: Sharp,
  { width, height }: Pixels,
  ofOnePage: number,
): Promise<readonly Uint8Array[]> => {
  const size = { width: Math.min(side, width), height: Math.min(side, height) };
  const { data } = await pipeline
    .resize({ width: size.width, height: size.height * ofOnePage, fit: 'fill' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const bytes = size.width * size.height * 4;
  return Array.from({ length: Math.floor(data.length / bytes) }, (_, frame) =>
    onGrey(data.subarray(frame * bytes, (frame + 1) * bytes)),
  );
};

/** The colour of transparent pixels does not count. */
const onGrey = (rgba: Uint8Array): Uint8Array => {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const opacity = (rgba[from + 3] ?? 0) / 255;
    for (let channel = 0; channel < 3; channel++)
      rgb[to + channel] = Math.round((rgba[from + channel] ?? 0) * opacity + 128 * (1 - opacity));
  }
  return rgb;
};

const isAlike = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  other !== undefined && isSamePicture(distanceOf(one, other, one.length / 3, 1));
