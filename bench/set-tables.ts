import { shippedPresets } from '../lib/core/presets.ts';
import type { Ladder, Point, SetRecord } from './set-points.ts';
import { table } from './table.ts';

const formats = ['avif', 'webp', 'jpeg'] as const;

/** The figures of a set of photographs: all of them, and those that are held out. */
export const setTables = (records: readonly SetRecord[]): string => {
  const heldOut = records.filter((record) => record.heldOut);
  return [`${records.length} photographs`, figures(records), `${heldOut.length} held out`, figures(heldOut)].join(
    '\n\n',
  );
};

const figures = (records: readonly SetRecord[]): string =>
  [effortTable(records), fileTable(records), cpuTable(records), kindLine(records)].join('\n\n');

type Higher = 3 | 4;

/** The bytes of effort 3 or 4 against those that effort 1 needs for the same score. */
const effortTable = (records: readonly SetRecord[]): string => {
  const head = ['AVIF, px wide', 'effort', 'photographs', 'bytes', 'least to most', 'Butteraugli', 'CPU'];
  const rows = ([256, 640, 1280] as const).flatMap((width) =>
    ([3, 4] as const satisfies readonly Higher[]).flatMap((effort) => {
      const pairs = records.flatMap(({ avif }) => {
        const { 1: low, [effort]: high } = avif[width] ?? {};
        return low && high?.[0] ? [{ curve: low, point: high[0] }] : [];
      });
      if (pairs.length === 0) return [];
      const ratios = (of: (point: Point) => number) =>
        pairs
          .map(({ curve, point }) => point.bytes / bytesAt(curve, of, of(point)))
          .filter((ratio) => !Number.isNaN(ratio));
      const bytes = ratios(({ score }) => score);
      const byDistance = ratios(({ distance = Number.NaN }) => distance);
      const cpu = pairs.map(({ curve, point }) => point.cpuMs / meanOf(curve, ({ cpuMs }) => cpuMs));
      return [
        [
          String(width),
          String(effort),
          String(pairs.length),
          median(bytes).toFixed(2),
          span(bytes),
          byDistance.length === 0 ? '–' : `${median(byDistance).toFixed(2)} (${byDistance.length})`,
          median(cpu).toFixed(1),
        ],
      ];
    }),
  );
  return table(head, rows);
};

/** Along the line between two qualities, bytes by their logarithm. */
const bytesAt = ([low, high]: readonly Point[], of: (point: Point) => number, wanted: number): number => {
  if (!low || !high) return Number.NaN;
  const share = (wanted - of(low)) / (of(high) - of(low));
  return Math.exp(Math.log(low.bytes) + share * Math.log(high.bytes / low.bytes));
};

const within = 2;
/** Smaller ones are squares, cut out of the picture: a crop of sky scores otherwise than a photograph. */
const leastWidth = 300;

const fileTable = (records: readonly SetRecord[]): string => {
  const rendered = records.flatMap(({ ladder }) => ladder ?? []);
  const head = [
    'files of web',
    'files',
    'within 2 points',
    'at the end of the range',
    'neither',
    'worst',
    'median',
    'bytes',
  ];
  const rows = formats.map((format) => {
    const { score: target } = shippedPresets.web.quality[format];
    const of = (ladders: readonly Ladder[]) =>
      ladders.flatMap(({ files }) => files).filter((file) => file.format === format);
    const [before, now] = [of(rendered.map(({ before }) => before)), of(rendered.map(({ now }) => now))];
    const near = now.filter(({ score }) => Math.abs(score - target) <= within);
    const ends = now.filter((file) => !near.includes(file) && file.why === 'end-of-range');
    const content = (files: typeof now) => files.filter(({ width }) => width >= leastWidth).map(({ score }) => score);
    const bytes = (files: typeof now) => files.reduce((sum, file) => sum + file.bytes, 0);
    const share = (some: typeof now) => `${((100 * some.length) / Math.max(1, now.length)).toFixed(1)} %`;
    return [
      format,
      String(now.length),
      share(near),
      share(ends),
      share(now.filter((file) => !near.includes(file) && !ends.includes(file))),
      `${Math.min(...content(before)).toFixed(1)} → ${Math.min(...content(now)).toFixed(1)}`,
      `${median(content(before)).toFixed(1)} → ${median(content(now)).toFixed(1)}`,
      (bytes(now) / bytes(before)).toFixed(2),
    ];
  });
  return table(head, rows);
};

const cpuTable = (records: readonly SetRecord[]): string => {
  const ladders = records.flatMap(({ ladder }) => (ladder ? [ladder.now.cpuMs / ladder.before.cpuMs] : []));
  const beside = records.flatMap(({ cpu }) => cpu ?? []);
  const ratio = (name: string, values: readonly number[]) =>
    values.length === 0 ? [] : [[name, String(values.length), median(values).toFixed(2), span(values)]];
  return table(
    ['all files of web', 'photographs', 'median', 'least to most'],
    [
      ...ratio('CPU against one quality and effort 1', ladders),
      ...ratio(
        'CPU against usual code',
        beside.map(({ darkroom, usual }) => darkroom.cpuMs / usual.cpuMs),
      ),
      ...ratio(
        'bytes against usual code',
        beside.map(({ darkroom, usual }) => darkroom.bytes / usual.bytes),
      ),
      ...ratio(
        'AVIF bytes against usual code',
        beside.map(({ darkroom, usual }) => darkroom.avifBytes / usual.avifBytes),
      ),
      ...ratio(
        'CPU against the sum of the parts',
        beside.map(({ darkroom, parts }) => darkroom.cpuMs / parts.cpuMs),
      ),
    ],
  );
};

const kindLine = (records: readonly SetRecord[]): string => {
  const rendered = records.filter(({ ladder }) => ladder);
  const others = rendered.filter(({ ladder }) => ladder?.now.kind !== 'photo').map(({ picture }) => picture);
  return `not judged a photograph: ${[`${others.length} of ${rendered.length}`, ...others].join(', ')}`;
};

const span = (values: readonly number[]) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
const meanOf = <Item>(items: readonly Item[], of: (item: Item) => number) =>
  items.reduce((sum, item) => sum + of(item), 0) / items.length;
const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
};
