import { appendFile, readFile } from 'node:fs/promises';
import sharp from '../lib/render/locked-sharp.ts';
import type { Rgb } from '../lib/render/ssimulacra2/ssimulacra2.ts';
import { butteraugli } from './butteraugli.ts';
import {
  type Candidate,
  type Curve,
  candidateNames,
  candidates,
  cheapestAt,
  type Frontier,
  frontierOf,
  frontierWidths,
  type Measured,
  measuredBefore,
  type Point,
  recordedFrontier,
  recordFrontier,
  withNewer,
} from './frontier-points.ts';
import type { SetPicture } from './picture-set.ts';
import { referencesOf, scoreOf } from './references.ts';
import { table } from './table.ts';

const qualities = [45, 54] as const;
/**
 * AVIF bytes at the score that effort 1 has in the middle of its range, over CPU. Every curve goes to a file at once, so a run
 * that is cut off goes on later. `keep` puts the result where the plot of the docs takes it from.
 */
export const frontier = async (pictures: readonly SetPicture[], path: string, keep: boolean): Promise<string> => {
  const known = measuredBefore(path);
  for (const width of frontierWidths)
    for (const { name, path: photograph, heldOut } of pictures) {
      if (known.some((one) => one.picture === name && one.width === width)) continue;
      const picture = await pictureOf(photograph, width);
      if (!picture) continue;
      const curves = Object.fromEntries(await oneByOne(candidateNames, async (candidate) => [candidate, await curve(picture, candidate)]));
      const measured = { picture: name, heldOut, width, curves } as Measured;
      known.push(measured);
      await appendFile(path, `${JSON.stringify(measured)}\n`);
    }
  const found = frontierOf(known, today());
  if (keep) recordFrontier(withNewer(recordedFrontier(), found));
  const heldOut = frontierOf(known.filter((one) => one.heldOut), today());
  return `${frontierTables(found)}\n\nheld out\n\n${frontierTables(heldOut)}`;
};

/** Undefined for a photograph that is smaller than that. */
const pictureOf = async (path: string, width: number): Promise<Rgb | undefined> => {
  const original = await readFile(path);
  const { autoOrient } = await sharp(original, { limitInputPixels: false }).metadata();
  if (autoOrient.width < width) return undefined;
  return (await referencesOf(original))({ width, height: Math.round((autoOrient.height * width) / autoOrient.width) });
};

const curve = async (picture: Rgb, candidate: Candidate): Promise<Curve> => {
  const [low, high] = await oneByOne(qualities, (quality) => point(picture, candidate, quality));
  if (!low || !high) throw new RangeError('a curve needs two qualities');
  return [low, high];
};

const point = async (picture: Rgb, candidate: Candidate, quality: number): Promise<Point> => {
  const { data, width, height } = picture;
  const cpu = process.cpuUsage();
  const file = await sharp(data, { raw: { width, height, channels: 3 } })
    .avif({ chromaSubsampling: '4:4:4', ...candidates[candidate], quality })
    .toBuffer();
  const { user, system } = process.cpuUsage(cpu);
  const distance = await butteraugli(file, picture);
  const score = Number((await scoreOf(file, picture)).toFixed(2));
  const cpuMs = Math.round((user + system) / 1000);
  return { bytes: file.length, cpuMs, score, ...(distance !== undefined && { distance }) };
};

const today = () => new Date().toISOString().slice(0, 10);

export const frontierTables = (points: readonly Frontier[]): string => {
  const head = ['px wide', 'AVIF', 'photographs', 'CPU', 'bytes by SSIMULACRA2', 'bytes by Butteraugli'];
  const rows = points.map(({ width, candidate, photographs, cpu, bytes, bytesByDistance }) => [
    String(width),
    candidate,
    String(photographs),
    cpu.toFixed(1),
    bytes.toFixed(2),
    bytesByDistance?.toFixed(2) ?? '–',
  ]);
  return `${table(head, rows)}\n\nCheapest by the prices of `+"`darkroom cost`"+`\n\n${moneyTable(points)}`;
};

const views = [1, 10, 30, 100, 300, 1000, 10_000];

const moneyTable = (points: readonly Frontier[]): string =>
  table(
    ['px wide', ...views.map((count) => (count === 1 ? '1 view' : `${count} views`))],
    frontierWidths.map((width) => {
      const own = points.filter((point) => point.width === width);
      return [String(width), ...views.map((count) => cheapestAt(own, count)?.candidate ?? '–')];
    }),
  );

const oneByOne = async <From, To>(items: readonly From[], work: (item: From) => Promise<To>): Promise<To[]> => {
  const made: To[] = [];
  for (const item of items) made.push(await work(item));
  return made;
};

