import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

export const measuredBefore = (path: string): Measured[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

/** A point of the frontier: geometric means of the ratios to effort 1 within one photograph. */
export type Frontier = {
  readonly width: number;
  readonly candidate: Candidate;
  readonly photographs: number;
  readonly measured: string;
  readonly bytes: number;
  readonly cpu: number;
  /** By Butteraugli, where it was measured. */
  readonly bytesByDistance?: number;
  /** Of effort 1, one file in the mean. */
  readonly baseBytes: number;
  readonly baseCpuMs: number;
};

export const frontierOf = (all: readonly Measured[], day: string): readonly Frontier[] =>
  frontierWidths.flatMap((width) => {
    const own = all.filter((one) => one.width === width);
    return candidateNames.flatMap((candidate): Frontier[] => {
      if (own.length === 0) return [];
      const ratios = own.map(({ curves }) => ratioOf(curves[candidate], curves['effort 1']));
      const bytesByDistance = rounded(geometricMean(ratios.map((ratio) => ratio.bytesByDistance)));
      return [
        {
          width,
          candidate,
          photographs: ratios.length,
          measured: day,
          bytes: rounded(geometricMean(ratios.map(({ bytes }) => bytes))),
          cpu: rounded(geometricMean(ratios.map(({ cpu }) => cpu))),
          ...(!Number.isNaN(bytesByDistance) && { bytesByDistance }),
          baseBytes: Math.round(mean(ratios.map((ratio) => ratio.baseBytes))),
          baseCpuMs: Math.round(mean(ratios.map((ratio) => ratio.baseCpuMs))),
        },
      ];
    });
  });

/** A point stays until one is measured on at least as many photographs. */
export const withNewer = (kept: readonly Frontier[], newer: readonly Frontier[]): readonly Frontier[] =>
  frontierWidths.flatMap((width) =>
    candidateNames.flatMap((candidate) => {
      const [before, after] = [kept, newer].map((points) =>
        points.find((point) => point.width === width && point.candidate === candidate),
      );
      return [after && after.photographs >= (before?.photographs ?? 0) ? after : before].flatMap((point) => point ?? []);
    }),
  );

const frontierFile = new URL('recorded/frontier.json', import.meta.url);

export const recordedFrontier = (): readonly Frontier[] => JSON.parse(readFileSync(frontierFile, 'utf8'));

export const recordFrontier = (points: readonly Frontier[]): void =>
  writeFileSync(frontierFile, `[\n${points.map((point) => `  ${JSON.stringify(point)}`).join(',\n')}\n]\n`);

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
    baseBytes: bytesAt(base, byScore, at(byScore)),
    baseCpuMs: (base[0].cpuMs + base[1].cpuMs) / 2,
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

const dollars = ({ bytes, cpu, baseBytes, baseCpuMs }: Frontier, views: number): number => {
  const second = prices.lambdaGibSecond * (typicalUsage.renderMemoryMib / 1024);
  return ((cpu * baseCpuMs) / 1000) * second + (views * bytes * baseBytes * prices.cdnGib) / 2 ** 30;
};

const rounded = (ratio: number): number => Math.round(ratio * 1000) / 1000;
