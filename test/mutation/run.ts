// Plants random faults into lib/, one after the other, and runs the tests that import the file, the nearest first (mutation
// testing). A fault that all of them let pass is a survivor: it is explained in survivors.ts, or gets its test. What only the
// suites for AWS test is left out: lib/infra and lib/adapters/aws. What a service test starts as a process is not imported by it.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomFrom } from '../simulation/random.ts';
import { type Fault, faultsIn, planted } from './faults.ts';
import { explained } from './survivors.ts';

const root = join(import.meta.dirname, '../..');
const leastCaught = 0.95;
/** Jest follows imports only through these folders. */
const everyImport = ['test', 'lib', 'bin', 'functions', 'package'].map((folder) => `--roots=${folder}`);
/** Only for faults that let a test run for ever. */
const mostMs = 20 * 60_000;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    /** Only files whose path contains this. */
    only: { type: 'string', default: '' },
    /** Also runs the service tests of the folder, which take minutes. */
    services: { type: 'boolean', default: false },
    lanes: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
const files = listed.split('\n').filter((file) => file !== '' && lstatSync(join(root, file)).isFile());
const sources = files.filter(
  (file) => /^lib\/(?!infra|adapters\/aws|.*\.d\.ts$).*\.ts$/.test(file) && file.includes(values.only),
);

/** The faults of a run: `count` of all, drawn by the seed. */
const drawn = (): readonly Fault[] => {
  const all = sources.flatMap((file) => faultsIn(file, readFileSync(join(root, file), 'utf8')));
  const random = randomFrom(Number(values.seed));
  const left = [...all];
  const chosen: Fault[] = [];
  while (chosen.length < Number(values.count) && left.length > 0)
    chosen.push(...left.splice(random.below(left.length), 1));
  say(`${chosen.length} of ${all.length} faults in ${sources.length} files, seed ${values.seed}`);
  return chosen;
};

/** A copy of the project in which one fault at a time is planted. */
const workshop = () => {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-mutation-'));
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');

  /** Whether the tests pass. */
  const passes = (...args: readonly string[]): Promise<boolean> =>
    new Promise((resolve) => {
      const jest = ['node_modules/jest/bin/jest.js', '--maxWorkers=1', '--bail', '--passWithNoTests', '--forceExit'];
      const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
      const child = spawn(process.execPath, [...flags, ...jest, ...args], {
        cwd: folder,
        stdio: 'ignore',
        timeout: mostMs,
        killSignal: 'SIGKILL',
      });
      child.once('exit', (code) => resolve(code === 0));
    });

  return {
    endOf: async (fault: Fault): Promise<Exclude<End, 'harmless'>> => {
      const path = join(folder, fault.file);
      const source = readFileSync(path, 'utf8');
      writeFileSync(path, planted(source, fault));
      try {
        const own = `/${basename(fault.file, '.ts')}\\.test\\.ts$`;
        if (!(await passes('--testPathPatterns', own))) return 'caught';
        if (!(await passes(...everyImport, '--findRelatedTests', fault.file))) return 'caught';
        const area = fault.file.startsWith('lib/adapters/') ? 'local' : fault.file.split('/')[1];
        const services = [`--testRegex=/test/${area}/.*\\.service\\.ts$`, '--testTimeout=600000'];
        return !values.services || (await passes(...services)) ? 'survived' : 'services';
      } finally {
        writeFileSync(path, source);
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};

const lineOf = ({ file, line }: Fault): string =>
  readFileSync(join(root, file), 'utf8').split('\n')[line - 1]?.trim() ?? '';
const reasonFor = (fault: Fault): string | undefined =>
  explained.find(({ file, line, kind }) => file === fault.file && kind === fault.kind && line === lineOf(fault))?.why;

const score = { caught: 0, services: 0, harmless: 0, survived: 0 };
type End = keyof typeof score;
const waiting = [...drawn()];
await Promise.all(
  Array.from({ length: Number(values.lanes) }, async () => {
    const { endOf, close } = workshop();
    for (let fault = waiting.shift(); fault; fault = waiting.shift()) {
      const where = `${fault.file}:${fault.line} ${fault.kind}`;
      const why = reasonFor(fault);
      const end = why === undefined ? await endOf(fault) : 'harmless';
      score[end]++;
      say(`${end.padEnd(8)}  ${where}: ${why ?? lineOf(fault)}`);
    }
    close();
  }),
);
const caught = score.caught + score.services;
const share = caught / (caught + score.survived);
say(
  `${caught} caught, ${score.services} of them by services only; ${score.survived} survived, ${score.harmless} harmless`,
);
const isEnough = share >= leastCaught;
say(isEnough ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exitCode = isEnough ? 0 : 1;
