import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { FaultCounts } from './faults.ts';
import type { Mutant } from './mutants.ts';
import type { Recipe } from './shrink.ts';

/** The order to a worker: stories of these seeds, with a fault planted into the code if there is a mutant. */
export type Order = {
  readonly from: number;
  readonly until: number;
  readonly step: number;
  readonly uploads: number;
  readonly mutant?: Mutant;
  /** Also makes the shortest story that shows the fault. */
  readonly shrinks?: boolean;
};

export type Finding = {
  readonly seed: number;
  readonly invariant: string;
  readonly detail: string;
  readonly recipe?: Recipe;
};
export type Report = {
  readonly stories: number;
  readonly uploads: number;
  readonly steps: number;
  readonly faults: FaultCounts;
  readonly found: readonly Finding[];
};

const { from, until, step, uploads, mutant, shrinks } = workerData as Order;

if (mutant) {
  const path = join(import.meta.dirname, '../..', mutant.file);
  const url = pathToFileURL(path).href;
  const source = readFileSync(path, 'utf8');
  if (source.split(mutant.find).length < 2) throw new Error(`${mutant.file} does not hold ${mutant.find}`);
  const planted = source.replace(mutant.find, () => mutant.replace);
  registerHooks({
    load: (wanted, context, next) =>
      wanted === url ? { format: 'module-typescript', shortCircuit: true, source: planted } : next(wanted, context),
  });
}

// No one reads the stacks of the many errors that stories make, and they take long.
Error.stackTraceLimit = 0;

const { tellStory } = await import('./universe.ts');
const { explorePoints, lives } = await import('./crash-points.ts');
const { shrink } = await import('./shrink.ts');

const report = { stories: 0, uploads: 0, steps: 0, faults: {} as FaultCounts, found: [] as Finding[] };
for (let seed = from; seed < until && report.found.length === 0; seed += step) {
  const { broken, ...ending } = await tellStory({ seed, uploads });
  report.stories++;
  report.uploads += ending.uploads;
  report.steps += ending.steps;
  for (const [kind, count] of Object.entries(ending.faults) as [keyof FaultCounts, number][])
    report.faults[kind] = (report.faults[kind] ?? 0) + count;
  if (!broken) continue;
  const recipe = shrinks ? { recipe: await shrink(seed, uploads, broken.invariant) } : {};
  report.found.push({ seed, ...broken, ...recipe });
}
if (mutant && report.found.length === 0) {
  const [first] = (await explorePoints(lives.slice(0, 2), [2])).broken;
  if (first) report.found.push({ seed: 0, invariant: first.invariant, detail: first.detail });
}
parentPort?.postMessage(report satisfies Report);
