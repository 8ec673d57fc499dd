import { readFile } from 'node:fs/promises';
import sharp from '../../lib/render/locked-sharp.ts';
import type { Photograph } from '../photographs.ts';
import { referencesOf, scoreOf } from '../references.ts';
import { table } from '../table.ts';

type Point = { readonly x: number; readonly cpuMs: number; readonly bytes: number; readonly score: number };
type Curve = { readonly title: string; readonly points: readonly Point[] };

const widths = [1280, 640, 256, 64];

/** What effort and quality buy: the mean over the photographs, at the widths of the default preset. */
export const effortCurves = async (photos: readonly Photograph[]): Promise<string> => {
  const curves: Curve[] = [];
  for (const width of widths) {
    const pictures = await Promise.all(photos.slice(0, 4).map((photo) => picture(photo, width)));
    curves.push(
      await curve(`AVIF ${width} px over effort`, [0, 1, 2, 3, 4, 5], pictures, (effort) => [
        'avif',
        { quality: 50, effort, chromaSubsampling: '4:4:4' },
      ]),
    );
    curves.push(
      await curve(`AVIF 4:2:0 ${width} px over effort`, [2, 3], pictures, (effort) => [
        'avif',
        { quality: 50, effort, chromaSubsampling: '4:2:0' },
      ]),
    );
    curves.push(
      await curve(`WebP ${width} px over effort`, [0, 2, 4, 6], pictures, (effort) => [
        'webp',
        { quality: 78, effort },
      ]),
    );
  }
  const pictures = await Promise.all(photos.slice(0, 4).map((photo) => picture(photo, 640)));
  curves.push(
    await curve('AVIF 640 px over quality', [35, 45, 50, 55, 65, 75], pictures, (quality) => [
      'avif',
      { quality, effort: 3, chromaSubsampling: '4:4:4' },
    ]),
  );
  curves.push(
    await curve('WebP 640 px over quality', [60, 70, 78, 85, 92], pictures, (quality) => ['webp', { quality }]),
  );
  curves.push(
    await curve('JPEG 640 px over quality', [60, 70, 82, 90, 95], pictures, (quality) => [
      'jpeg',
      { quality, mozjpeg: true },
    ]),
  );
  const rows = curves.flatMap(({ title, points }) =>
    points.map(({ x, cpuMs, bytes, score }) => [
      title,
      String(x),
      `${cpuMs.toFixed(1)} ms`,
      `${(bytes / 1000).toFixed(1)} kB`,
      score.toFixed(1),
    ]),
  );
  return table(['encoder', 'value', 'CPU', 'bytes', 'score'], rows);
};

const picture = async (photo: Photograph, width: number) => {
  const original = await readFile(photo.path);
  const { autoOrient } = await sharp(original, { limitInputPixels: false }).metadata();
  const height = Math.max(1, Math.round((autoOrient.height * width) / autoOrient.width));
  return (await referencesOf(original))({ width, height });
};

type Picture = Awaited<ReturnType<typeof picture>>;

const curve = async (
  title: string,
  values: readonly number[],
  pictures: readonly Picture[],
  encoder: (value: number) => ['avif' | 'webp' | 'jpeg', object],
): Promise<Curve> => {
  const points: Point[] = [];
  for (const value of values) {
    const [format, options] = encoder(value);
    let [cpuMs, bytes, total] = [0, 0, 0];
    for (const { data, width, height } of pictures) {
      const cpu = process.cpuUsage();
      const file = await sharp(data, { raw: { width, height, channels: 3 } })
        .toFormat(format, options)
        .toBuffer();
      const { user, system } = process.cpuUsage(cpu);
      cpuMs += (user + system) / 1000;
      bytes += file.length;
      total += await scoreOf(file, { data, width, height });
    }
    const count = pictures.length;
    points.push({ x: value, cpuMs: cpuMs / count, bytes: bytes / count, score: total / count });
  }
  return { title, points };
};
