import type { Log } from '../ports.ts';

const levels = ['info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** One event as one line of text. */
type LineOf = (event: LogEvent) => string;
type LogEvent = {
  readonly at: string;
  readonly level: Level;
  readonly message: string;
  readonly facts: Record<string, unknown>;
};

/** Text for a person at a terminal; JSON for what collects the output of programs. */
export const logTo = (
  stream: { readonly isTTY?: boolean; readonly write: (line: string) => unknown },
  least: Level,
  now: () => number,
): Log => lineLog(stream.isTTY ? textLine : jsonLine, least, (line) => void stream.write(line), now);

const lineLog = (lineOf: LineOf, least: Level, write: (line: string) => void, now: () => number): Log => {
  const at =
    (level: Level) =>
    (message: string, facts: Record<string, unknown> = {}) => {
      if (levels.indexOf(level) < levels.indexOf(least)) return;
      write(`${lineOf({ at: new Date(now()).toISOString(), level, message, facts })}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

/** For programs. A fact that has the name of a field of ours is kept under `facts`. */
const jsonLine: LineOf = ({ at, level, message, facts }) => {
  const ours = { at, level, message };
  const clashes = Object.entries(facts).filter(([name]) => Object.hasOwn(ours, name) || name === 'facts');
  const kept = clashes.length > 0 && { facts: Object.fromEntries(clashes) };
  return JSON.stringify({ ...ours, ...facts, ...ours, ...kept }, printable);
};

/** For people at a terminal, which no fact may steer: control characters stay escaped. */
const textLine: LineOf = ({ at, level, message, facts }) => {
  const given = Object.entries(facts).filter(([, value]) => value !== undefined);
  const tail = given.map(([name, value]) => ` ${name}=${JSON.stringify(value, printable)}`).join('');
  return `${at.slice(11, 19)} ${level.padEnd(5)} ${message}${tail}`.replaceAll(/\p{Cc}/gu, '?');
};

/** Errors have no fields that JSON would show. */
const printable = (_key: string, value: unknown): unknown =>
  value instanceof Error
    ? {
        name: value.name,
        message: value.message,
        ...('code' in value && { code: value.code }),
        stack: value.stack,
        ...(value.cause !== undefined && { cause: value.cause }),
      }
    : value;
