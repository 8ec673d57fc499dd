import { stat } from 'node:fs/promises';
import { seconds } from './comparison.ts';
import { measure } from './measure.ts';
import type { Photograph } from './photographs.ts';
import { table } from './table.ts';

/** The largest resident set of a process that renders one photograph and nothing else, everything included. */
export const peakMemory = async (photos: readonly Photograph[]): Promise<string> => {
  const rows: string[][] = [];
  for (const photo of photos) {
    const size = `${((await stat(photo.path)).size / 1e6).toFixed(1)} MB`;
    const task = { path: photo.path, runs: 1, keep: false };
    for (const [name, contender, environment] of [
      ['Darkroom', 'darkroom', {}],
      ['Darkroom, MALLOC_ARENA_MAX=2', 'darkroom', { MALLOC_ARENA_MAX: '2' }],
      ['usual code', 'usual', {}],
    ] as const) {
      const { peakRssMb, best } = await measure({ ...task, contender }, environment);
      rows.push([photo.name, size, name, `${peakRssMb.toFixed(0)} MB`, seconds(best.wallMs)]);
    }
  }
  return table(['photo', 'file', 'made by', 'peak memory', 'wall'], rows);
};
