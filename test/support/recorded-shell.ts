import { randomBytes } from 'node:crypto';
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
