import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Shell } from '../../lib/commands/shell.ts';

export type RecordedShell = Shell & {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly clear: () => void;
};

/** For commands that are called in the process of the test. */
export const recordedShell = (more: Partial<Pick<Shell, 'variables' | 'homeFolder'>> = {}): RecordedShell => {
  let [stdout, stderr] = ['', ''];
  return {
    variables: {},
    homeFolder: '/nowhere',
    ...more,
    out: {
      write: (text) => {
        stdout += text;
      },
    },
    err: {
      write: (text) => {
        stderr += text;
      },
    },
    now: Date.now,
    chance: () => randomBytes(16).toString('hex'),
    interruption: () => new AbortController().signal,
    stdout: () => stdout,
    stderr: () => stderr,
    clear: () => {
      [stdout, stderr] = ['', ''];
    },
  };
};

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** As the program ends: 0, or the code and the sentence of a CommandEnd. What the shell said before is forgotten. */
export const runIn = async <Given extends RecordedShell>(
  shell: Given,
  make: (shell: Given) => Command,
  args: readonly string[],
): Promise<Ended> => {
  shell.clear();
  const command = make(shell)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const end = await command.parseAsync(args, { from: 'user' }).then(
    () => ({ exitCode: 0, message: '' }),
    (error: { exitCode?: number; message: string }) => ({ exitCode: error.exitCode ?? -1, message: error.message }),
  );
  return { code: end.exitCode, stdout: shell.stdout(), stderr: shell.stderr() + end.message };
};
