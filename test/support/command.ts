import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { program } from './program.ts';

export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};
export type Started = {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
};
type Environment = Readonly<Record<string, string>>;

const environmentFor = (more: Environment) => {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('DARKROOM_') && !['NODE_OPTIONS', 'NO_COLOR'].includes(name),
  );
  return { ...Object.fromEntries(inherited), ...more };
};

/** One comes every ten seconds where there is no terminal, so their number depends on how busy the machine is. */
const progressLines = /^\d+ of \d+ (files|images|pictures).*\n/gm;

const watched = (child: ChildProcess): Started => {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({
    ...{ code, signal, stdout },
    stderr: stderr.replace(progressLines, ''),
  }));
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
};

/** The command as a person types it, in a process of its own. */
export const startCommand = (args: readonly string[], environment: Environment = {}): Started =>
  watched(
    spawn(process.execPath, [program, ...args], {
      env: environmentFor(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

export const runCommand = (args: readonly string[], environment: Environment = {}): Promise<Ended> =>
  startCommand(args, environment).ended;

/** The same on a terminal of its own, on which the text is typed: both outputs come as one. */
export const startOnTerminal = (args: readonly string[], environment: Environment = {}, typed = ''): Started => {
  const line = [process.execPath, program, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: environmentFor({ TERM: 'xterm', ...environment }),
    // Where nothing is typed, the end of the input would be.
    stdio: [typed === '' ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.write(typed);
  return watched(child);
};

export const runOnTerminal = (args: readonly string[], environment?: Environment, typed?: string): Promise<Ended> =>
  startOnTerminal(args, environment, typed).ended;

/** The lines of `--json`. */
export const jsonLines = ({ stdout }: Ended): readonly Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
