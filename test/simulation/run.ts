import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { explorePoints } from './crash-points.ts';
import { allKinds, type FaultCounts, faultKinds } from './faults.ts';
import { heldByUnitTests, type Mutant, mutants } from './mutants.ts';
import { asText, shrink } from './shrink.ts';
import type { Finding, Order, Report } from './story-worker.ts';
import { tellStory } from './universe.ts';

/** The sizes of a run of the gate: counted, never timed. */
const gate = { stories: 2_000, uploads: 50, storiesOfMutant: 40, uploadsOfMutant: 25 };
const leastCaught = 0.98;

const { values } = parseArgs({
  options: {
    /** Runs one story again, and shrinks it if it breaks a promise. */
    seed: { type: 'string' },
    uploads: { type: 'string', default: String(gate.uploads) },
    stories: { type: 'string', default: String(gate.stories) },
    /** The first seed. */
    from: { type: 'string', default: '1' },
    /** Continues with new seeds for so long. */
    hours: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    points: { type: 'boolean', default: false },
    /** Only the stories, without crash points and planted faults. */
    told: { type: 'boolean', default: false },
    /** Also prints the shortest story that shows a planted fault, as test/simulation/stories keeps it. */
    shrink: { type: 'boolean', default: false },
    /** Only mutants whose file or reason contains this. */
    only: { type: 'string' },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const threads = Math.max(1, Math.min(2, availableParallelism()));
const score = { passed: 0, failed: 0 };
const count = (held: boolean, what: string): void => {
  score[held ? 'passed' : 'failed']++;
  print(`${held ? 'ok' : 'FAILED'}  ${what}`);
};

const inWorker = (order: Order): Promise<Report> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./story-worker.ts', import.meta.url), { workerData: order });
    worker.once('message', resolve);
    worker.once('error', reject);
  });

const showFinding = async ({ seed, invariant }: Finding, uploads: number): Promise<void> => {
  const recipe = await shrink(seed, uploads, invariant);
  print(
    `\nThe shortest story found (seed ${seed}, clients ${recipe.uploads.join(' ')}, ${recipe.kinds.join(', ') || 'no faults'}):\n`,
  );
  print(await asText(recipe));
  print(`\nAs it is kept in test/simulation/stories: ${JSON.stringify(recipe)}`);
  print(`To tell it again: npm run simulate -- --seed ${seed} --uploads ${uploads}`);
};

const simulate = async (from: number, stories: number, uploads: number): Promise<number> => {
  const started = performance.now();
  const spentBefore = process.cpuUsage();
  const orders = Array.from({ length: threads }, (_, thread) => ({
    from: from + thread,
    until: from + stories,
    step: threads,
    uploads,
  }));
  const reports = await Promise.all(orders.map(inWorker));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(spentBefore);
  const sum = (pick: (report: Report) => number) => reports.reduce((total, report) => total + pick(report), 0);
  const faults: FaultCounts = {};
  for (const kind of allKinds) faults[kind] = sum((report) => report.faults[kind] ?? 0);
  const total = sum((report) => report.uploads);
  print(
    `${sum(({ stories }) => stories)} stories (seeds ${from} to ${from + stories - 1}), ${total} uploads, ${sum(({ steps }) => steps)} steps,`,
  );
  print(
    `${Math.round(total / seconds)} uploads per second on ${threads} threads, ${Math.round((total * 1e6) / (user + system))} per second of processor time. Faults:`,
  );
  for (const [kind, times] of Object.entries(faults).sort(([, a], [, b]) => b - a))
    print(`  ${String(times).padStart(9)}  ${kind}: ${faultKinds[kind as keyof typeof faultKinds].what}`);
  const found = reports.flatMap((report) => report.found);
  for (const one of found) {
    print(`seed ${one.seed}: ${one.detail}`);
    await showFinding(one, uploads);
  }
  count(found.length === 0, `every promise holds in ${total} simulated uploads`);
  for (const kind of allKinds) if ((faults[kind] ?? 0) === 0) count(false, `the fault "${kind}" has happened`);
  return total;
};

const points = async (): Promise<void> => {
  const explored = await explorePoints();
  print(`${explored.points} points: ${explored.calls} calls, at each of them four faults`);
  for (const { options, detail } of explored.broken.slice(0, 5)) print(`${JSON.stringify(options)}: ${detail}`);
  count(explored.broken.length === 0, `every promise holds at ${explored.points} crash points`);
};

const plant = async (chosen: readonly Mutant[]): Promise<void> => {
  const waiting = chosen.filter(({ same }) => same === undefined);
  const planted = waiting.length;
  let caught = 0;
  let held = 0;
  const takeMutants = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const { storiesOfMutant: until, uploadsOfMutant: uploads } = gate;
      const { found } = await inWorker({ from: 1, until, step: 1, uploads, mutant, shrinks: values.shrink });
      const [first] = found;
      const suite = heldByUnitTests.find(({ file, why }) => file === mutant.file && why === mutant.why)?.suite;
      if (first?.recipe) print(JSON.stringify({ why: mutant.why, invariant: first.invariant, ...first.recipe }));
      if (first) caught++;
      else if (suite) held++;
      const [word, by] = first
        ? ['caught  ', ` (seed ${first.seed}: ${first.invariant})`]
        : suite
          ? ['left    ', ` (to ${suite})`]
          : ['SURVIVED', ''];
      print(`${word}  ${mutant.file.slice(4)}: ${mutant.why}${by}`);
    }
  };
  await Promise.all(Array.from({ length: threads }, takeMutants));
  for (const { file, why, same } of chosen) if (same) print(`harmless  ${file.slice(4)}: ${why}: ${same}`);
  print(`${held} more are left to unit tests, which this command does not run`);
  count(
    caught >= leastCaught * (planted - held),
    `${caught} of ${planted} planted faults are caught by stories; ${chosen.length - planted} more change nothing that a client may see`,
  );
};

if (values.seed !== undefined) {
  const [seed, uploads] = [Number(values.seed), Number(values.uploads)];
  const { broken, ...ending } = await tellStory({ seed, uploads });
  print(JSON.stringify(ending, undefined, 2));
  if (broken) await showFinding({ seed, ...broken }, uploads);
  count(broken === undefined, `every promise holds in the story of seed ${seed}`);
} else if (values.hours !== undefined) {
  const end = performance.now() + Number(values.hours) * 3_600_000;
  let total = 0;
  for (let from = Number(values.from); performance.now() < end && score.failed === 0; from += 2000)
    total += await simulate(from, 2000, Number(values.uploads));
  print(`${total} uploads in all`);
} else {
  const all = !values.mutants && !values.points && !values.told;
  const only = values.only ?? '';
  if (all || values.told) await simulate(Number(values.from), Number(values.stories), Number(values.uploads));
  if (all || values.points) await points();
  if (values.mutants) await plant(mutants.filter(({ file, why }) => `${file} ${why}`.includes(only)));
}

print(`${score.passed} passed, ${score.failed} failed`);
process.exitCode = score.failed === 0 ? 0 : 1;
