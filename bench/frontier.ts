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
  type Point,
  recorded,
} from './frontier-points.ts';
import type { SetPicture } from './picture-set.ts';
import { referencesOf, scoreOf } from './references.ts';
import { table } from './table.ts';

const qualities = [45, 54] as const;
/**
 * AVIF bytes at the score that effort 1 has in the middle of its range, over CPU. What was measured is kept in the file, so
 * that the next run goes on where this one ends.
 */
export const frontier = async (pictures: readonly SetPicture[], path: string): Promise<string> => {
  const known = recorded(path);
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
  return frontierTable(known);
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

const frontierTable = (all: readonly Measured[]): string => {
  const sets = { 'all photographs': all, 'held out': all.filter(({ heldOut }) => heldOut) };
  const head = ['px wide', 'AVIF', 'photographs', 'CPU', 'bytes by SSIMULACRA2', 'bytes by Butteraugli'];
  return Object.entries(sets)
    .map(([title, some]) => {
      const rows = frontierOf(some)
        .filter(({ photographs }) => photographs > 0)
        .map(({ width, candidate, photographs, cpu, bytes, bytesByDistance, judgedTwice }) => {
          const second = bytesByDistance === undefined ? '–' : `${bytesByDistance.toFixed(2)} (${judgedTwice})`;
          return [String(width), candidate, String(photographs), cpu.toFixed(1), bytes.toFixed(2), second];
        });
      return `${title}\n\n${table(head, rows)}`;
    })
    .concat(`cheapest, by the prices of darkroom cost\n\n${moneyTable(frontierOf(all))}`)
    .join('\n\n');
};

const views = [1, 10, 30, 100, 300, 1000, 10_000];

const moneyTable = (points: readonly Frontier[]): string =>
  table(
    ['px wide', ...views.map((count) => (count === 1 ? '1 view' : `${count} views`))],
    frontierWidths.map((width) => {
      const own = points.filter((point) => point.width === width && point.photographs > 0);
      return [String(width), ...views.map((count) => cheapestAt(own, count)?.candidate ?? '–')];
    }),
  );

const oneByOne = async <From, To>(items: readonly From[], work: (item: From) => Promise<To>): Promise<To[]> => {
  const made: To[] = [];
  for (const item of items) made.push(await work(item));
  return made;
};

