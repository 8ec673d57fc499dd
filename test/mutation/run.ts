// Plants random faults into lib/, one after the other, and runs the suites that run the faulty line, the fastest first
// (mutation testing). A fault that all of them let pass is a survivor: it is explained in survivors.ts, or gets its test.
// lib/infra and lib/adapters/aws are left out, because the suites for AWS test most of them. The simulation is too slow to be
// among the suites.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseArgs } from 'node:util';
import { randomFrom } from '../simulation/random.ts';
import { importsOf } from '../support/imports.ts';
import { hasRun } from './coverage.ts';
import type { Fault } from './fault.ts';
import { faultsIn } from './faults.ts';
import { keptSuites } from './kept.ts';
import { measured, type Suite, withFault } from './suites.ts';
import { explained } from './survivors.ts';

const root = join(import.meta.dirname, '../..');
const leastCaught = 0.95;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    /** Only files whose path contains this. */
    only: { type: 'string', default: '' },
    /** Also runs the service tests, which take minutes. */
    services: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '2' },
    /** Only lists the faults, with the suites that run each. */
    list: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
const files = listed.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
const isSource = (file: string): boolean =>
  /^(lib|bin|test)\/.*\.ts$/.test(file) && lstatSync(join(root, file)).isFile();
const mutable = files.filter(
  (file) => isSource(file) && /^lib\/(?!infra|adapters\/aws|.*\.d\.ts$)/.test(file) && file.includes(values.only),
);

/** The faults of a run: `count` of all, drawn by the seed. */
const drawn = (): readonly Fault[] => {
  const left = mutable.flatMap((file) => faultsIn(file, textOf(file)));
  const all = left.length;
  const random = randomFrom(Number(values.seed));
  const chosen: Fault[] = [];
  while (chosen.length < Number(values.count) && left.length > 0)
    chosen.push(...left.splice(random.below(left.length), 1));
  say(`${chosen.length} of ${all} faults in ${mutable.length} files, seed ${values.seed}`);
  return chosen;
};

/** Does the work for each item of a list, some at a time. */
const sideBySide = async <T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const waiting = [...list];
  const takeItems = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Number(values['at-once']) }, takeItems));
};

const sources = new Map(files.filter(isSource).map((file) => [file, textOf(file)]));
/** Programs that a file starts, which it names as in `new URL('../../bin/darkroom.ts', import.meta.url)`. */
const startsOf = ([from, text]: readonly [string, string]) =>
  [...text.matchAll(/new URL\('(\.[^']+\.ts)', import\.meta\.url\)/g)].map(([, path = '']) => ({
    from,
    to: posix.join(posix.dirname(from), path),
  }));
const imports = [...(await importsOf(sources)), ...[...sources].flatMap(startsOf)];
const neighbours = (from: 'from' | 'to', to: 'from' | 'to'): ((files: Iterable<string>) => ReadonlySet<string>) => {
  const edges = Map.groupBy(imports, (one) => one[from]);
  return (start) => {
    const reached = new Set<string>();
    const follow = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const one of edges.get(file) ?? []) follow(one[to]);
    };
    for (const file of start) follow(file);
    return reached;
  };
};
const importersOf = neighbours('to', 'from');
const importedBy = neighbours('from', 'to');

/** Every suite that imports one of the files, at any depth; a service test also starts what it does not import. */
const suitesFor = (faulty: readonly string[]): readonly string[] => {
  const reached = importersOf(faulty);
  const isUnit = (file: string): boolean => /^test\/(?!simulation|infra).*\.test\.ts$/.test(file) && reached.has(file);
  const isService = (file: string): boolean => values.services && file.endsWith('.service.ts');
  return [...sources.keys()].filter((file) => isUnit(file) || isService(file));
};

const faults = drawn();
const reasonFor = (fault: Fault): string | undefined =>
  explained.find(({ file, line, kind }) => file === fault.file && kind === fault.kind && line === textOfLine(fault))
    ?.why;

const kept = keptSuites(root);
const suites: Suite[] = [];
await sideBySide(suitesFor(faults.map(({ file }) => file)), async (file) => {
  const before = kept.find(file);
  const suite = before ?? (await measured(file));
  if (suite && !before) kept.keep(suite, importedBy([file]));
  if (suite) suites.push(suite);
  else say(`left out: ${file} does not pass in a plain process`);
});
say(`${suites.length} suites`);

/** Those that run the fault: first the one that is named like the file, then the fastest. */
const suitesOf = (fault: Fault): readonly Suite[] => {
  const own = fault.file.replace(/^lib\/(.*)\.ts$/, 'test/$1.test.ts');
  const rank = ({ file, tookMs }: Suite): number => (file === own ? 0 : tookMs);
  return suites
    .filter(({ coverage }) => hasRun(coverage, fault.file, fault.start))
    .toSorted((a, b) => rank(a) - rank(b));
};

const score = { caught: 0, services: 0, harmless: 0, untested: 0, survived: 0 };
const endOf = async (fault: Fault): Promise<readonly [keyof typeof score, string]> => {
  const why = reasonFor(fault);
  if (why !== undefined) return ['harmless', why];
  const own = suitesOf(fault);
  for (const suite of own) {
    const end = kept.endOf(suite.file, fault) ?? (await withFault(suite, fault));
    kept.noteEnd(suite.file, fault, end);
    if (end !== 'passed') return [suite.file.endsWith('.service.ts') ? 'services' : 'caught', `${end}: ${suite.file}`];
  }
  return own.length === 0 ? ['untested', 'no suite runs it'] : ['survived', `${own.length} suites run it`];
};
const textOfLine = ({ file, line }: Fault): string => textOf(file).split('\n')[line - 1]?.trim() ?? '';
const inWords = (fault: Fault): string =>
  `${fault.file}:${fault.line} ${fault.kind}: ${textOfLine(fault)} → ${fault.text || 'nothing'}`;

if (values.list) {
  for (const fault of faults) {
    const own = suitesOf(fault).map(({ file }) => file);
    say(`${inWords(fault)} (${reasonFor(fault) ?? (own.join(', ') || 'no suite runs it')})`);
  }
  process.exit();
}
await sideBySide(faults, async (fault) => {
  const [end, how] = await endOf(fault);
  score[end]++;
  say(`${end.padEnd(8)}  ${inWords(fault)} (${how})`);
});
const caught = score.caught + score.services;
const share = caught / (caught + score.survived + score.untested);
say(JSON.stringify(score));
say(`${(100 * share).toFixed(1)} % of the faults that are not explained are caught`);
const isEnough = share >= leastCaught;
say(isEnough ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exitCode = isEnough ? 0 : 1;
