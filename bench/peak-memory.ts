import { stat } from 'node:fs/promises';
import { animationsAtTheLimit, moderateAnimations } from './animations.ts';
import { seconds } from './comparison.ts';
import type { MeasuredName } from './contenders/index.ts';
import { measure } from './measure.ts';
import { hundredMegapixels, type Photograph } from './photographs.ts';
import { table } from './table.ts';

type Row = readonly [
  name: string,
  contender: MeasuredName,
  environment: Readonly<Record<string, string>>,
  runs?: number,
];

const fewArenas = { MALLOC_ARENA_MAX: '2' };
const forPhotographs: readonly Row[] = [
  ['Darkroom', 'darkroom', {}],
  ['Darkroom, MALLOC_ARENA_MAX=2', 'darkroom', fewArenas],
  ['usual code', 'usual', {}],
];
const forAnimations = forPhotographs.slice(0, 2);
const forVastAnimations: readonly Row[] = [
  ...forAnimations,
  ['… the same file three times', 'darkroom', fewArenas, 3],
  ['… with six sizes of 750 to 799 pixels', 'darkroom, six large sizes', fewArenas],
];

/** The largest resident set of a process that renders one picture and nothing else, everything included. */
export const peakMemory = async (photos: readonly Photograph[]): Promise<string> => {
  const rows = [
    ...(await measured([...photos, await hundredMegapixels()], forPhotographs)),
    ...(await measured(await moderateAnimations(), forAnimations)),
    ...(await measured(await animationsAtTheLimit(), forVastAnimations)),
  ];
  return table(['picture', 'file', 'made by', 'peak memory', 'wall'], rows);
};

const measured = async (pictures: readonly Photograph[], by: readonly Row[]): Promise<string[][]> => {
  const rows: string[][] = [];
  for (const { name, path } of pictures) {
    const size = `${((await stat(path)).size / 1e6).toFixed(1)} MB`;
    for (const [made, contender, environment, runs = 1] of by) {
      const { peakRssMb, best } = await measure({ path, runs, keep: false, contender }, environment);
      rows.push([name, size, made, `${peakRssMb.toFixed(0)} MB`, seconds(best.wallMs)]);
    }
  }
  return rows;
};
