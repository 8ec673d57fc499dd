import type { Log } from '../ports.ts';

const levels = ['info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** One line of JSON an event, for whoever collects what a process prints. */
export const jsonLog = (least: Level, write: (line: string) => void, now: () => number): Log => {
  const at =
    (level: Level) =>
    (message: string, facts: Record<string, unknown> = {}) => {
      if (levels.indexOf(level) < levels.indexOf(least)) return;
      write(`${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...facts }, printable)}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

/** Errors have no fields that JSON would show. */
const printable = (_key: string, value: unknown): unknown =>
  value instanceof Error
    ? {
        name: value.name,
        message: value.message,
        stack: value.stack,
        ...(value.cause !== undefined && { cause: value.cause }),
      }
    : value;
