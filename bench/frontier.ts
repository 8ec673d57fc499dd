import { readFile } from 'node:fs/promises';
import sharp from '../lib/render/locked-sharp.ts';
import type { Rgb } from '../lib/render/ssimulacra2/ssimulacra2.ts';
import { butteraugli } from './butteraugli.ts';
import type { SetPicture } from './picture-set.ts';
import { referencesOf, scoreOf } from './references.ts';
import { table } from './table.ts';

type Settings = { readonly effort: number; readonly bitdepth: 8 | 10; readonly chromaSubsampling: '4:4:4' | '4:2:0' };
type Point = { readonly bytes: number; readonly cpuMs: number; readonly score: number; readonly distance?: number };

const settings = (effort: number, bitdepth: 8 | 10 = 8, chromaSubsampling: '4:4:4' | '4:2:0' = '4:4:4'): Settings => ({
  effort,
  bitdepth,
  chromaSubsampling,
});
/** The first is what the others are compared with. */
const candidates = [
  settings(1),
  settings(2),
  settings(3),
  settings(3, 10),
  settings(3, 8, '4:2:0'),
  settings(3, 10, '4:2:0'),
  settings(4),
];
const qualities = [45, 54] as const;
const sizes = [1280, 640, 256];

/** AVIF bytes at the score that effort 1 has in the middle of its range, over CPU; the mean of ratios within one picture. */
export const frontier = async (pictures: readonly SetPicture[]): Promise<string> => {
  const rows: string[][] = [];
  for (const width of sizes) {
    const ratios = candidates.map((): Ratio[] => []);
    for (const { path } of pictures) {
      const original = await readFile(path);
      const { autoOrient } = await sharp(original, { limitInputPixels: false }).metadata();
      const shown = { width, height: Math.round((autoOrient.height * width) / autoOrient.width) };
      const picture = await (await referencesOf(original))(shown);
      const [first, ...others] = await oneByOne(candidates, (candidate) => curve(picture, candidate));
      if (!first) continue;
      for (const [index, points] of [first, ...others].entries()) ratios[index]?.push(ratioOf(points, first));
    }
    for (const [index, candidate] of candidates.entries()) {
      const found = ratios[index] ?? [];
      const cells = [found.map(({ bytes }) => bytes), found.map(({ other }) => other), found.map(({ cpu }) => cpu)];
      const { effort, bitdepth, chromaSubsampling } = candidate;
      rows.push([String(width), String(effort), String(bitdepth), chromaSubsampling, ...cells.map(geometricMean)]);
    }
  }
  const head = ['px wide', 'effort', 'bits', 'chroma', 'bytes by SSIMULACRA2', 'bytes by Butteraugli', 'CPU'];
  return `${pictures.length} photographs\n\n${table(head, rows)}`;
};

type Curve = readonly [Point, Point];
type Ratio = { readonly bytes: number; readonly other: number; readonly cpu: number };

const curve = async (picture: Rgb, options: Settings): Promise<Curve> => {
  const [low, high] = await oneByOne(qualities, (quality) => point(picture, { ...options, quality }));
  if (!low || !high) throw new RangeError('a curve needs two qualities');
  return [low, high];
};

const point = async (picture: Rgb, options: Settings & { readonly quality: number }): Promise<Point> => {
  const { data, width, height } = picture;
  const cpu = process.cpuUsage();
  const file = await sharp(data, { raw: { width, height, channels: 3 } })
    .avif(options)
    .toBuffer();
  const { user, system } = process.cpuUsage(cpu);
  const distance = await butteraugli(file, picture);
  const score = await scoreOf(file, picture);
  return { bytes: file.length, cpuMs: (user + system) / 1000, score, ...(distance !== undefined && { distance }) };
};

const ratioOf = (own: Curve, base: Curve): Ratio => {
  const byScore = (point: Point) => point.score;
  const byDistance = (point: Point) => point.distance ?? Number.NaN;
  const at = (of: (point: Point) => number) => (of(base[0]) + of(base[1])) / 2;
  const ratio = (of: (point: Point) => number) => bytesAt(own, of, at(of)) / bytesAt(base, of, at(of));
  const cpu = (own[0].cpuMs + own[1].cpuMs) / (base[0].cpuMs + base[1].cpuMs);
  return { bytes: ratio(byScore), other: ratio(byDistance), cpu };
};

/** Along the line between two qualities, bytes by their logarithm. */
const bytesAt = ([low, high]: Curve, of: (point: Point) => number, wanted: number): number => {
  const share = (wanted - of(low)) / (of(high) - of(low));
  return Math.exp(Math.log(low.bytes) + share * Math.log(high.bytes / low.bytes));
};

const oneByOne = async <From, To>(items: readonly From[], work: (item: From) => Promise<To>): Promise<To[]> => {
  const made: To[] = [];
  for (const item of items) made.push(await work(item));
  return made;
};

const geometricMean = (values: readonly number[]): string =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
    .toFixed(2)
    .replace('NaN', 'not installed');
