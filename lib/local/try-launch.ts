import { spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { descriptorsOf, type Launch, sendFilter } from './render-process.ts';

/** Longer than any start takes, because a wall that is refused makes the sandbox weaker. */
const startWithinMs = 60_000;
const mostText = 10_000;

/**
 * Starts a renderer and closes its connection at once, so that it loads its program with sharp and ends. Resolves to
 * undefined if it ends without trouble, and to the reason otherwise.
 */
export const whyNot = (launch: Launch): Promise<string | undefined> => {
  const child = spawn(launch.command, launch.arguments, {
    env: { ...launch.environment },
    stdio: descriptorsOf(launch),
    windowsHide: true,
    timeout: startWithinMs,
    killSignal: 'SIGKILL',
  });
  sendFilter(child, launch);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, mostText);
  });
  const connection = child.stdio[3] as Duplex;
  connection.on('error', () => undefined).end();
  connection.resume();
  (child.stdio[4] as Readable | null | undefined)?.resume();
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : (reasonIn(said) ?? `it ended with ${signal ?? code}`)),
    );
  });
};

/** Node writes the place of an error first; other programs begin with the reason. */
const reasonIn = (said: string): string | undefined => {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0];
};
