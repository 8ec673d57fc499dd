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
  return toPixels(fromPixels(upright).resize(fitting(picture)));
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
          .resize({ ...window.resized, fit: 'fill' })
          .extract({ ...window.offset, width: picture.width, height: picture.height })
      : whole.resize(fitting(picture));
    data.set((await toPixels(pipeline)).data, frame * bytes);
  }
  return { ...upright, data, width: picture.width, height: picture.height, frames };
};

/** What draws the eye is found in the first frame and kept, or the picture would jump from frame to frame. */
const cropWindow = async (upright: Pixels, picture: Crop) => {
  if (picture.fit !== 'cover' || picture.position !== 'attention') return undefined;
  const { info } = await fromPixels(frameOf(upright, 0))
    .resize(fitting(picture))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const scale = Math.max(picture.width / upright.width, picture.height / upright.height);
  const resized = {
    width: Math.max(picture.width, Math.round(upright.width * scale)),
    height: Math.max(picture.height, Math.round(upright.height * scale)),
  };
  // sharp reports the offset of the picture within its crop: never positive.
  return { resized, offset: { left: -(info.cropOffsetLeft ?? 0), top: -(info.cropOffsetTop ?? 0) } };
};
