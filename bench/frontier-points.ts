import { existsSync, readFileSync } from 'node:fs';
import { prices, typicalUsage } from '../lib/adapters/aws/cost.ts';

/** The first is what the others are compared with. */
export const candidates = {
  'effort 1': { effort: 1 },
  'effort 2': { effort: 2 },
  'effort 3': { effort: 3 },
  'effort 3, 10 bits': { effort: 3, bitdepth: 10 },
  'effort 3, 4:2:0': { effort: 3, chromaSubsampling: '4:2:0' },
  'effort 3, 4:2:0, 10 bits': { effort: 3, chromaSubsampling: '4:2:0', bitdepth: 10 },
  'effort 3, tune ssim': { effort: 3, tune: 'ssim' },
  'effort 4': { effort: 4 },
  'effort 4, 4:2:0, 10 bits': { effort: 4, chromaSubsampling: '4:2:0', bitdepth: 10 },
} as const;
export type Candidate = keyof typeof candidates;
export const candidateNames = Object.keys(candidates) as Candidate[];

/** A file at each of the two qualities; the distance is Butteraugli's, where its program is installed. */
export type Point = { readonly bytes: number; readonly cpuMs: number; readonly score: number; readonly distance?: number };
export type Curve = readonly [Point, Point];
export type Measured = {
  readonly picture: string;
  readonly heldOut: boolean;
  readonly width: number;
  readonly curves: Readonly<Record<Candidate, Curve>>;
};

/** The cheap ones first, so that a run that is cut off has measured many pictures. */
export const frontierWidths = [256, 640, 1280] as const;

export const recorded = (path: string): Measured[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

export type Frontier = {
  readonly width: number;
  readonly candidate: Candidate;
  readonly photographs: number;
  /** Of one file, in the mean: at the score of effort 1, and over both qualities. */
  readonly fileBytes: number;
  readonly fileCpuMs: number;
  /** Geometric means of the ratios to the first candidate within one picture. */
  readonly bytes: number;
  readonly cpu: number;
  readonly bytesByDistance: number | undefined;
  /** Photographs that have a distance. */
  readonly judgedTwice: number;
};

export const frontierOf = (all: readonly Measured[]): readonly Frontier[] =>
  frontierWidths.flatMap((width) =>
    candidateNames.map((candidate) => {
      const ratios = all
        .filter((one) => one.width === width)
        .map(({ curves }) => ratioOf(curves[candidate], curves['effort 1']));
      const twice = ratios.flatMap(({ bytesByDistance }) => (Number.isNaN(bytesByDistance) ? [] : [bytesByDistance]));
      return {
        width,
        candidate,
        photographs: ratios.length,
        fileBytes: mean(ratios.map(({ fileBytes }) => fileBytes)),
        fileCpuMs: mean(ratios.map(({ fileCpuMs }) => fileCpuMs)),
        bytes: geometricMean(ratios.map(({ bytes }) => bytes)),
        cpu: geometricMean(ratios.map(({ cpu }) => cpu)),
        bytesByDistance: twice.length > 0 ? geometricMean(twice) : undefined,
        judgedTwice: twice.length,
      };
    }),
  );

const ratioOf = (own: Curve, base: Curve) => {
  const byScore = (point: Point) => point.score;
  const byDistance = (point: Point) => point.distance ?? Number.NaN;
  const at = (of: (point: Point) => number) => (of(base[0]) + of(base[1])) / 2;
  const ratio = (of: (point: Point) => number) => bytesAt(own, of, at(of)) / bytesAt(base, of, at(of));
  const cpu = (own[0].cpuMs + own[1].cpuMs) / (base[0].cpuMs + base[1].cpuMs);
  return {
    bytes: ratio(byScore),
    bytesByDistance: ratio(byDistance),
    cpu,
    fileBytes: bytesAt(own, byScore, at(byScore)),
    fileCpuMs: (own[0].cpuMs + own[1].cpuMs) / 2,
  };
};

/** Along the line between two qualities, bytes by their logarithm. */
const bytesAt = ([low, high]: Curve, of: (point: Point) => number, wanted: number): number => {
  const share = (wanted - of(low)) / (of(high) - of(low));
  return Math.exp(Math.log(low.bytes) + share * Math.log(high.bytes / low.bytes));
};

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Which of the points costs least in the AWS home, when each file is made once and looked at so often. */
export const cheapestAt = (points: readonly Frontier[], views: number): Frontier | undefined =>
  points.toSorted((a, b) => dollars(a, views) - dollars(b, views))[0];

const dollars = ({ fileCpuMs, fileBytes }: Frontier, views: number): number => {
  const second = prices.lambdaGibSecond * (typicalUsage.renderMemoryMib / 1024);
  return (fileCpuMs / 1000) * second + (views * fileBytes * prices.cdnGib) / 2 ** 30;
};
