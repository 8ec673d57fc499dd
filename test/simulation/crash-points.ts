import { pointFaults } from './scheduler.ts';
import { type StoryOptions, tellStory } from './universe.ts';
import type { Home } from './world.ts';

export const lives = ['upload', 'delete', 'new version', 'reprocess', 'reprocess before the file'] as const;
const homes: readonly Home[] = ['aws', 'box'];
export type Broken = { readonly options: StoryOptions; readonly invariant: string; readonly detail: string };
export type Explored = { readonly calls: number; readonly points: number; readonly broken: readonly Broken[] };

/**
 * Every call of one upload, one deletion, one new version, one reprocess, and one reprocess between the ticket and the file of
 * a new version, in both homes, with one worker and with two: at each of them the process crashes before it or after it, its answer is lost, or the process pauses.
 */
export const explorePoints = async (
  only: readonly (typeof lives)[number][] = lives,
  crews: readonly number[] = [1, 2],
): Promise<Explored> => {
  const broken: Broken[] = [];
  let calls = 0;
  let points = 0;
  for (const plain of only)
    for (const home of homes)
      for (const workers of crews) {
        const plot = { seed: 1, uploads: 1, plain, home, workers } as const;
        const whole = await tellStory(plot);
        if (whole.broken) broken.push({ options: plot, ...whole.broken });
        calls += whole.points;
        for (let at = 0; at < whole.points; at++)
          for (const fault of pointFaults) {
            const options = { ...plot, point: { at, fault } };
            const ending = await tellStory(options);
            points++;
            if (ending.broken) broken.push({ options, ...ending.broken });
          }
      }
  return { calls, points, broken };
};
