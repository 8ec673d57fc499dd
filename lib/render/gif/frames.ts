import { setImmediate as pause } from 'node:timers/promises';
import type { Pixels } from '../pixels.ts';
import { type GifFrame, type GifParts, gifParts } from './parts.ts';
import { unpacked } from './unpack.ts';

/**
 * The frames of a GIF as browsers show them: on a canvas that is clear at first, and clear again where a frame was
 * disposed of to the background. The colour that the file calls its background is used by none of them.
 */
export const gifPixels = async (bytes: Uint8Array): Promise<Pixels> => {
  const parts = gifParts(bytes);
  const { width, height, frames } = parts;
  const channels = isOpaque(parts) ? 3 : 4;
  const size = width * height * channels;
  // Zeros: clear, until something is painted.
  const data = Buffer.from(new ArrayBuffer(size * frames.length));
  let before: Before | undefined;
  let painted = 0;
  for (const frame of frames) {
    const canvas = data.subarray(painted * size, (painted + 1) * size);
    const area = visible(frame, parts);
    const numbers = unpacked(bytes, frame.dataAt, frame.codeBits, frame.width * frame.height);
    if (!numbers) break;
    if (before) {
      canvas.set(data.subarray((painted - 1) * size, painted * size));
      dispose(canvas, before, parts, channels);
    }
    before = {
      frame,
      covered: frame.disposal === 'restore' ? copied(canvas, area, width, channels) : undefined,
    };
    paint(canvas, frame, numbers, area, width, channels);
    painted++;
    // The time limit can end the render between two frames.
    await pause();
  }
  // Browsers end an animation where a frame is damaged, and show the frames before it.
  if (painted === 0) throw new RangeError('no frame of the GIF is whole');
  return { data: data.subarray(0, size * painted), width, height, channels, frames: painted };
};

type Before = { readonly frame: GifFrame; readonly covered: Uint8Array | undefined };
type Channels = Pixels['channels'];
type Area = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

/** Whether nothing can be clear: the first frame covers the canvas, and none takes away what lies below. */
const isOpaque = ({ width, height, frames }: GifParts): boolean => {
  const [first] = frames;
  const covers = first && first.left === 0 && first.top === 0 && first.width >= width && first.height >= height;
  const all = frames.slice(0, -1);
  return (
    covers === true &&
    first.transparent === undefined &&
    (frames.length === 1 || first.disposal === 'keep') &&
    all.every(({ disposal }) => disposal !== 'clear')
  );
};

/** The part of a frame that lies on the canvas. */
const visible = ({ left, top, width, height }: GifFrame, canvas: GifParts): Area => ({
  left,
  top,
  right: Math.max(left, Math.min(left + width, canvas.width)),
  bottom: Math.max(top, Math.min(top + height, canvas.height)),
});

const dispose = (canvas: Buffer, { frame, covered }: Before, parts: GifParts, channels: Channels): void => {
  if (frame.disposal === 'keep') return;
  const { left, top, right, bottom } = visible(frame, parts);
  const bytes = (right - left) * channels;
  for (let y = top; y < bottom; y++) {
    const at = (y * parts.width + left) * channels;
    if (covered) canvas.set(covered.subarray((y - top) * bytes, (y - top + 1) * bytes), at);
    else canvas.fill(0, at, at + bytes);
  }
};

const copied = (canvas: Buffer, area: Area, width: number, channels: Channels): Uint8Array => {
  const bytes = (area.right - area.left) * channels;
  const out = new Uint8Array(bytes * (area.bottom - area.top));
  for (let y = area.top; y < area.bottom; y++) {
    const at = (y * width + area.left) * channels;
    out.set(canvas.subarray(at, at + bytes), (y - area.top) * bytes);
  }
  return out;
};

const paint = (
  canvas: Buffer,
  frame: GifFrame,
  numbers: Uint8Array,
  area: Area,
  canvasWidth: number,
  channels: Channels,
): void => {
  const { palette, transparent } = frame;
  for (let row = 0; row < frame.height; row++) {
    const y = frame.top + (frame.interlaced ? interlacedRow(row, frame.height) : row);
    if (y >= area.bottom) continue;
    let from = row * frame.width;
    let to = (y * canvasWidth + area.left) * channels;
    for (let x = area.left; x < area.right; x++, from++, to += channels) {
      const number = numbers[from] ?? 0;
      if (number === transparent) continue;
      canvas[to] = palette[3 * number] ?? 0;
      canvas[to + 1] = palette[3 * number + 1] ?? 0;
      canvas[to + 2] = palette[3 * number + 2] ?? 0;
      if (channels === 4) canvas[to + 3] = 255;
    }
  }
};

/** Interlaced rows come as every eighth, then every eighth from the fifth, every fourth from the third, every second. */
const interlacedRow = (row: number, height: number): number => {
  let [passed, rows] = [0, 0];
  for (const [first, step] of passes) {
    rows = Math.max(0, Math.ceil((height - first) / step));
    if (row < passed + rows) return first + (row - passed) * step;
    passed += rows;
  }
  return height;
};

const passes = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;
