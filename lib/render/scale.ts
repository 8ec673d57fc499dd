import type { OutputInfo } from 'sharp';
import type { Cut } from '../core/image.ts';
import type { Crop, Encoding } from '../core/plan.ts';
import type { Pixels } from './pixels.ts';
import { frameOf, fromPixels, toPixels } from './pixels.ts';

type Size = { readonly width: number; readonly height: number };

/** How large the whole picture must be, relative to the original, for the most demanding of these encodings. */
export const scaleNeeded = (original: Size, encodings: readonly Encoding[]): number =>
  Math.min(
    1,
    Math.max(
      ...encodings.map(({ picture }) => Math.max(picture.width / original.width, picture.height / original.height)),
    ),
  );

/** One picture of a plan, always from the decoded original: of all its frames, or of the first alone. */
export const scaled = async (upright: Pixels, picture: Crop, frames = upright.frames): Promise<Pixels> => {
  if (picture.fit === 'inside' && picture.width === upright.width && picture.height === upright.height)
    return frames === upright.frames ? upright : frameOf(upright, 0);
  if (upright.frames > 1) return scaledFrames(upright, picture, frames);
  const { data, info } = await fromPixels(upright).resize(fitting(picture)).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { data, width, height, channels: channels === 4 ? 4 : 3, frames: 1, ...cutOf(upright, picture, info) };
};

const fitting = ({ width, height, fit, position }: Crop) =>
  fit === 'inside' ? ({ width, height, fit: 'fill' } as const) : ({ width, height, fit: 'cover', position } as const);

/** Frame by frame: resized as one tall strip, frames would bleed into each other at their edges. */
const scaledFrames = async (upright: Pixels, picture: Crop, frames: number): Promise<Pixels> => {
  const bytes = picture.width * picture.height * upright.channels;
  const data = Buffer.allocUnsafe(bytes * frames);
  const window = await cropWindow(upright, picture);
  for (let frame = 0; frame < frames; frame++) {
    const whole = fromPixels(frameOf(upright, frame));
    const pipeline = window
      ? whole
          .resize({ ...wholeFor(upright, picture), fit: 'fill' })
          .extract({ ...offsetOf(window), width: picture.width, height: picture.height })
      : whole.resize(fitting(picture));
    data.set((await toPixels(pipeline)).data, frame * bytes);
  }
  return { ...upright, data, width: picture.width, height: picture.height, frames, ...cutOf(upright, picture, window) };
};

/** What draws the eye is found in the first frame and kept, or the picture would jump from frame to frame. */
const cropWindow = async (upright: Pixels, picture: Crop): Promise<Found | undefined> => {
  if (picture.fit !== 'cover' || picture.position !== 'attention') return undefined;
  const looked = fromPixels(frameOf(upright, 0)).resize(fitting(picture)).raw();
  return (await looked.toBuffer({ resolveWithObject: true })).info;
};

/** What sharp says of a crop: the offset of the picture within it, never positive, and the point, both after the resize. */
type Found = Pick<OutputInfo, 'cropOffsetLeft' | 'cropOffsetTop' | 'attentionX' | 'attentionY'>;

const offsetOf = ({ cropOffsetLeft = 0, cropOffsetTop = 0 }: Found) => ({
  left: 0 - cropOffsetLeft,
  top: 0 - cropOffsetTop,
});

/** The whole picture at the size at which a crop is cut out of it. */
const wholeFor = (upright: Size, picture: Crop): Size => {
  const scale = Math.max(picture.width / upright.width, picture.height / upright.height);
  return {
    width: Math.max(picture.width, Math.round(upright.width * scale)),
    height: Math.max(picture.height, Math.round(upright.height * scale)),
  };
};

const cutOf = (upright: Size, picture: Crop, found: Found = {}): { readonly cut?: Cut } => {
  if (picture.fit !== 'cover') return {};
  const whole = wholeFor(upright, picture);
  // sharp says nothing of a crop from the middle.
  const middle = {
    left: Math.ceil((whole.width - picture.width) / 2),
    top: Math.ceil((whole.height - picture.height) / 2),
  };
  const { left, top } = picture.position === 'attention' ? offsetOf(found) : middle;
  const { attentionX, attentionY } = found;
  const [across, down] = [partOf(whole.width), partOf(whole.height)];
  const focus =
    attentionX === undefined || attentionY === undefined ? null : { x: across(attentionX), y: down(attentionY) };
  const cut = { left: across(left), top: down(top), width: across(picture.width), height: down(picture.height), focus };
  return { cut };
};

/** Four digits are finer than a pixel of the largest variant. */
const partOf = (side: number) => (length: number) => Math.min(1, Math.round((length / side) * 10_000) / 10_000);
