import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { ContenderName } from './contenders/index.ts';
import { type Measured, measure } from './measure.ts';
import type { Photograph } from './photographs.ts';
import { referencesOf, scoreOf } from './references.ts';
import { table } from './table.ts';

export type Scored = Measured & { readonly scores: readonly number[] };
type Compared = { readonly photo: Photograph; readonly by: Readonly<Record<ContenderName, Scored>> };

/**
 * Ours, the usual code and the sum of its parts on the same photographs. They take turns, and the quickest turn of
 * each counts: other load on the machine can only make a turn slower.
 */
export const compare = async (photos: readonly Photograph[], rounds: number): Promise<readonly Compared[]> => {
  const compared: Compared[] = [];
  for (const photo of photos) {
    const best = new Map<ContenderName, Measured>();
    for (let round = 0; round < rounds; round++)
      for (const contender of Object.keys(rowNames) as ContenderName[]) {
        const turn = await measure({ contender, path: photo.path, runs: round === 0 ? 1 : 2, keep: round === 0 });
        const before = best.get(contender);
        best.set(contender, before ? quicker(before, turn) : turn);
      }
    const referenceOf = await referencesOf(await readFile(photo.path));
    const scored = async (contender: ContenderName): Promise<Scored> => {
      const measured = best.get(contender);
      if (!measured) throw new RangeError('at least one round is needed');
      const scores: number[] = [];
      for (const file of measured.files) scores.push(await scoreOf(file.bytes, await referenceOf(file)));
      return { ...measured, scores };
    };
    const by = {
      darkroom: await scored('darkroom'),
      limit: await scored('limit'),
      'usual, our settings': await scored('usual, our settings'),
      usual: await scored('usual'),
    };
    compared.push({ photo, by });
  }
  return compared;
};

/** Memory and files are those of the first turn, which was a process that rendered once. */
const quicker = (first: Measured, turn: Measured): Measured => ({
  ...first,
  best: {
    cpuMs: Math.min(first.best.cpuMs, turn.best.cpuMs),
    wallMs: Math.min(first.best.wallMs, turn.best.wallMs),
  },
});

const rowNames = {
  darkroom: 'Darkroom',
  usual: 'usual code',
  'usual, our settings': 'usual code, our settings',
  limit: 'sum of the parts alone',
} as const satisfies Record<ContenderName, string>;

export const comparisonTables = (compared: readonly Compared[]): string => {
  const rows = compared.flatMap(({ photo, by }) =>
    (Object.keys(rowNames) as ContenderName[]).map((contender) => {
      const { best, scores, peakRssMb, files } = by[contender];
      return [
        photo.name,
        rowNames[contender],
        seconds(best.cpuMs),
        seconds(best.wallMs),
        `${(bytesOf(files) / 1000).toFixed(0)} kB`,
        mean(scores).toFixed(1),
        `${peakRssMb.toFixed(0)} MB`,
      ];
    }),
  );
  const verdicts = compared.flatMap(({ photo, by }) => verdictsOn(by).map((cells) => [photo.name, ...cells]));
  return [
    table(['photo', 'made by', 'CPU', 'wall', 'bytes', 'score', 'peak memory'], rows),
    '',
    table(['photo', 'measure', 'is', 'target', ''], verdicts),
  ].join('\n');
};

const verdictsOn = (by: Compared['by']): string[][] => {
  const { darkroom: ours, usual, limit } = by;
  const same = by['usual, our settings'];
  const cores = availableParallelism();
  return [
    verdict('CPU against usual code', ours.best.cpuMs / usual.best.cpuMs, 0.35),
    verdict('wall against usual code', ours.best.wallMs / usual.best.wallMs, 0.3),
    verdict('bytes against usual code', bytesOf(ours.files) / bytesOf(usual.files), 1.1),
    verdict('points lost against usual code', mean(usual.scores) - mean(ours.scores), 1),
    verdict('CPU against usual code, our settings', ours.best.cpuMs / same.best.cpuMs, 0.6),
    verdict('CPU against the sum of the parts', ours.best.cpuMs / limit.best.cpuMs, 1.1),
    verdict(`wall against that sum / ${cores} cores`, ours.best.wallMs / (limit.best.cpuMs / cores), 1.25),
  ];
};

const verdict = (what: string, is: number, target: number): string[] => [
  what,
  is.toFixed(2),
  `≤ ${target}`,
  is <= target ? 'met' : 'MISSED',
];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const bytesOf = (files: Measured['files']) => files.reduce((sum, { bytes }) => sum + bytes.length, 0);
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
