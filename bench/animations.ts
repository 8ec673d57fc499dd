import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from '../lib/render/locked-sharp.ts';
import { draw } from '../test/system/conformance/draw/canvas.ts';
import { cache, type Photograph } from './photographs.ts';

type Animation = {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly format: 'gif' | 'webp';
};

export const moderateAnimations = () => inBothFormats({ width: 480, height: 270, frames: 100 });

/** `maxFrames` of them, just below `maxAnimationPixels`: 149.8 million pixels. */
export const animationsAtTheLimit = () => inBothFormats({ width: 800, height: 624, frames: 300 });

const inBothFormats = (size: Omit<Animation, 'format'>): Promise<readonly Photograph[]> =>
  Promise.all([drawn({ ...size, format: 'gif' }), drawn({ ...size, format: 'webp' })]);

const drawn = async (animation: Animation): Promise<Photograph> => {
  const { width, height, frames, format } = animation;
  const name = `${format === 'gif' ? 'GIF' : 'WebP'}, ${frames} × ${width}×${height}`;
  const path = join(cache, `${width}x${height}x${frames}.${format}`);
  if (!existsSync(path)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await encoded(animation));
  }
  return { name, path, origin: 'drawn' };
};

const encoded = ({ width, height, frames, format }: Animation): Promise<Buffer> => {
  const strip = Buffer.alloc(width * height * 4 * frames);
  for (let frame = 0; frame < frames; frame++)
    strip.set(ball(width, height, frame / frames), frame * width * height * 4);
  const raw = { width, height: height * frames, channels: 4, pageHeight: height } as const;
  const opened = sharp(strip, { limitInputPixels: false, raw });
  return format === 'gif' ? opened.gif({ effort: 1 }).toBuffer() : opened.webp({ effort: 0 }).toBuffer();
};

/** A ball that rolls over steps of colour, below a strip that is transparent. */
const ball = (width: number, height: number, passed: number): Buffer =>
  draw(
    width,
    height,
    (x, y) => {
      if (Math.hypot(x - width * passed, y - height / 2) < height / 4) return [220, 60, 40, 255];
      if (y < height / 4) return [0, 0, 0, 0];
      return [Math.floor((x * 8) / width) * 32, Math.floor((y * 8) / height) * 32, 128, 255];
    },
    4,
  ).data;
