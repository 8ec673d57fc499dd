import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import config from '../../darkroom.config.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { descriptorsOf, type Launch, sendFilter, startRenderProcess } from '../../lib/local/render-process.ts';
import type { RendererProgram } from '../../lib/local/renderer-program.ts';
import { temporaryFolder } from './temporary-folder.ts';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The attacker, who may read what a renderer may read, and the own program. */
export const attacker: RendererProgram = {
  path: file('attacker.ts'),
  node: process.execPath,
  readable: [file('attacker.ts'), file('../../lib'), file('../../package.json'), file('../../node_modules')],
};

export type Attack = { readonly ends: Readonly<Record<string, string>>; readonly variables: readonly string[] };

/** Starts the attacker as renderers are started, with a service to attack, and resolves to how it fared. */
export const attackFrom = async (launch: Launch): Promise<Attack> => {
  const folder = await temporaryFolder();
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [secret, database, outside] = ['secret', 'darkroom.db', 'outside'].map((name) => join(folder.path, name));
  await writeFile(secret ?? '', 'what tickets are signed with');
  await writeFile(database ?? '', '');
  const target = JSON.stringify({ secret, database, outside, port, host: process.pid });
  const written: unknown[] = [];
  const note = (...line: unknown[]) => void written.push(line);
  const log = { info: note, warn: note, error: note };
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const started = startRenderProcess({ ...launch, arguments: [...launch.arguments, target] }, log, resolve);
  const order = { contentType: 'image/jpeg', preset: shippedPresets.web, ...config, keepCopyright: false } as const;
  try {
    const taker = { deliver: async () => undefined, takeOver: async () => false };
    const terms = { timeoutMs: 120_000, mayBegin: () => true };
    const { result } = await started.render(new Uint8Array(10), order, taker, terms);
    const error = 'error' in result ? (result.error as Error) : new Error('it rendered');
    return JSON.parse(String(error.cause));
  } catch (error) {
    throw new Error(JSON.stringify(written), { cause: error });
  } finally {
    started.close();
    await gone;
    server.close();
    await folder.remove();
  }
};

/** It starts ever more processes or threads. */
export const bomber: RendererProgram = {
  path: file('bomber.ts'),
  node: process.execPath,
  readable: [file('bomber.ts'), file('../../package.json')],
};

export type Explosion = { readonly started: number; readonly refused: string };

/** Starts the bomber as renderers are started, and resolves to how many it got. */
export const explosionOf = async (launch: Launch, what: 'processes' | 'threads', most: number): Promise<Explosion> => {
  const child = spawn(launch.command, [...launch.arguments, what, String(most)], {
    env: { ...launch.environment, PATH: process.env.PATH },
    stdio: descriptorsOf(launch),
  });
  sendFilter(child, launch);
  const connection = child.stdio[3] as Duplex;
  connection.on('error', () => undefined).resume();
  (child.stdio[4] as Readable | null | undefined)?.resume();
  const ended = once(child, 'close');
  let said = '';
  for await (const text of child.stderr?.setEncoding('utf8') ?? []) {
    said += text;
    if (said.includes('}')) connection.end();
  }
  await ended;
  const report = said.split('\n').find((line) => line.startsWith('{'));
  if (report === undefined) throw new Error(`it ended without a word: ${said}`);
  return JSON.parse(report);
};
