import { Unusable } from '../core/unusable.ts';

/** What a command gets from the program that runs it. */
export type Shell = {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Results. */
  readonly out: Output;
  /** Progress and errors. */
  readonly err: Output;
  readonly now: () => number;
  /** Random bytes as hex. */
  readonly chance: () => string;
  /** Aborted by Ctrl-C or SIGTERM; from the first call on they do not end the program by themselves. */
  readonly interruption: () => AbortSignal;
  readonly homeFolder: string;
};

export type Output = {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
};

export const exitCodes = { failed: 1, misused: 2, unreachable: 3, interrupted: 130, unread: 141 } as const;

/** For the help, and for docs/command-line.md. */
export const exitMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'everything was done; a service ends so after Ctrl-C or SIGTERM, too'],
  [exitCodes.failed, 'something failed; the standard error says what, and the rest was done'],
  [exitCodes.misused, 'the command line cannot be understood'],
  [exitCodes.unreachable, 'the service cannot be reached, or refuses the key'],
  [exitCodes.interrupted, 'stopped by Ctrl-C, or by SIGTERM with a way to continue, which the standard error says'],
  [exitCodes.unread, 'stopped because nothing reads the output any more, as after "| head"'],
  // Of the signal itself, as shells tell it: the program does not catch it.
  [143, 'stopped by SIGTERM in the middle, such as a service that was not ready yet; the same command begins again'],
];

/** Ends a command with a sentence and one of the exit codes. */
export class CommandEnd extends Unusable {
  readonly exitCode: number;
  constructor(end: keyof typeof exitCodes, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCodes[end];
  }
}

/** Colours only on a terminal, and only if they are wanted (https://no-color.org). */
export const hasColour = (shell: Shell, output: Output): boolean =>
  output.isTTY === true && !shell.variables.NO_COLOR && shell.variables.TERM !== 'dumb';

const codes = { red: 31, green: 32, dim: 2, bold: 1 } as const;
export const paint = (wanted: boolean, colour: keyof typeof codes, text: string): string =>
  wanted ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
