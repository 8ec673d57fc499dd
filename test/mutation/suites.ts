import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Coverage, coverageIn } from './coverage.ts';
import type { Fault } from './fault.ts';

const root = join(import.meta.dirname, '../..');
const preload = new URL('./preload.ts', import.meta.url).href;
const program = join(import.meta.dirname, 'suite.ts');
/** The least time after which a suite with a fault counts as hanging, and how many times its usual time it gets. */
const hangs = { leastMs: 60_000, times: 20 };

export type Suite = { readonly file: string; readonly tookMs: number; readonly coverage: Coverage };
export type SuiteEnd = 'passed' | 'failed' | 'hangs';

/** Runs a suite, up to its first failed test, in a process group of its own; what it starts has the fault, too. */
const runSuite = (file: string, mostMs: number, variables: NodeJS.ProcessEnv): Promise<SuiteEnd> =>
  new Promise((resolve) => {
    const flags = ['--disable-warning=ExperimentalWarning', `--import=${preload}`];
    const child = spawn(process.execPath, [program, join(root, file)], {
      cwd: root,
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, NODE_OPTIONS: flags.join(' '), ...variables },
    });
    const end = (how: SuiteEnd): void => {
      clearTimeout(timer);
      // What the suite started and did not end, because a test has failed.
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
      resolve(how);
    };
    const timer = setTimeout(() => end('hangs'), mostMs);
    child.once('exit', (code) => end(code === 0 ? 'passed' : 'failed'));
  });

/** The suite with what it runs; undefined if it does not pass in a plain process. */
export const measured = async (file: string): Promise<Suite | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-coverage-'));
  try {
    const started = performance.now();
    if ((await runSuite(file, 600_000, { NODE_V8_COVERAGE: folder })) !== 'passed') return undefined;
    return { file, tookMs: performance.now() - started, coverage: coverageIn(folder, root) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export const withFault = ({ file, tookMs }: Suite, fault: Fault): Promise<SuiteEnd> =>
  runSuite(file, Math.max(hangs.leastMs, hangs.times * tookMs), { DARKROOM_FAULT: JSON.stringify(fault) });
