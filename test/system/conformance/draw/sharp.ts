/** The renderer's own sharp: with its loaders shut, the tests decode exactly what a Darkroom may decode. */
import sharp from '../../../../lib/render/locked-sharp.ts';
import type { Canvas } from './canvas.ts';

export default sharp;

export const open = ({ data, width, height, channels }: Canvas) => sharp(data, { raw: { width, height, channels } });

export const jpeg = (canvas: Canvas, quality = 90): Promise<Buffer> =>
  open(canvas).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
export const webp = (canvas: Canvas): Promise<Buffer> => open(canvas).webp({ quality: 90 }).toBuffer();
export const avif = (canvas: Canvas, options: { quality?: number; bitdepth?: 8 | 10 | 12 } = {}): Promise<Buffer> =>
  open(canvas)
    .avif({ quality: 80, effort: 0, ...options })
    .toBuffer();

/** The pixels of a file as they are shown. */
export const shown = async (file: Uint8Array): Promise<Canvas> => {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels === 4 ? 4 : 3 };
};

export const colourAt = ({ data, width, channels }: Canvas, x: number, y: number): [number, number, number, number] => {
  const at = (Math.floor(y) * width + Math.floor(x)) * channels;
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0, channels === 4 ? (data[at + 3] ?? 0) : 255];
};
