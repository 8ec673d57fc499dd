import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ImageAnswer, Ticket } from '../../lib/messages.ts';

const program = fileURLToPath(new URL('../../bin/darkroom.ts', import.meta.url));

/** Darkroom as a person starts it: a process of its own, on a free port, with data in a folder. */
export type Service = {
  readonly url: string;
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly log: () => readonly Record<string, unknown>[];
  /** Process ids of the renderers, the newest last. */
  readonly renderers: () => readonly number[];
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** Resolves to the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: never };

const environmentFor = (data: string, more: Record<string, string>) => {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('DARKROOM_') && name !== 'NODE_OPTIONS',
  );
  return { ...Object.fromEntries(inherited), DARKROOM_DATA: data, DARKROOM_PORT: '0', DARKROOM_LOG: 'info', ...more };
};

export const spawnService = (data: string, more: Record<string, string> = {}): ChildProcess =>
  spawn(process.execPath, [program, 'serve'], {
    env: environmentFor(data, more),
    stdio: ['ignore', 'pipe', 'pipe'],
  });

export const startService = async (data: string, more: Record<string, string> = {}): Promise<Service> => {
  const child = spawnService(data, more);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  const log = () =>
    err
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  for (let waited = 0; !out.includes('ready') && waited < 20_000; waited += 20) {
    if (child.exitCode !== null) throw new Error(`the service ended at once: ${err}`);
    await sleep(20);
  }
  const url = /http:\S+/.exec(out)?.[0];
  if (!url) throw new Error(`the service did not say where it is: ${out}${err}`);

  return {
    url,
    process: child,
    output: () => out + err,
    log,
    renderers: () => log().flatMap((line) => (line.message === 'a render worker started' ? [Number(line.pid)] : [])),
    call: async (method, path, body) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body: text }) });
      const answered = await answer.text();
      return { status: answer.status, headers: answer.headers, body: (answered && JSON.parse(answered)) as never };
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill(signal);
      await once(child, 'exit');
      return child.exitCode;
    },
  };
};

export const askForTicket = async (service: Service, bytes: Uint8Array, more: object = {}): Promise<Ticket> => {
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  const request = { contentType: 'image/jpeg', bytes: bytes.length, sha256, filename: 'photo.jpg', ...more };
  const { status, body } = await service.call('POST', '/v1/images', request);
  if (status !== 201) throw new Error(`no ticket: ${JSON.stringify(body)}`);
  return body;
};

export const put = ({ upload }: Ticket, bytes: Uint8Array<ArrayBuffer>): Promise<Response> =>
  fetch(upload.url, { method: upload.method, headers: upload.headers, body: bytes });

/** A PUT whose sender has sent the first part of the file and then nothing more; destroying it breaks the connection. */
export const stalledPut = async ({ upload }: Ticket, bytes: Uint8Array, sent: number): Promise<ClientRequest> => {
  const headers = { ...upload.headers, 'content-length': bytes.length };
  const stalled = request(upload.url, { method: 'PUT', headers });
  stalled.on('error', () => undefined);
  await new Promise((resolve) => stalled.write(bytes.subarray(0, sent), resolve));
  return stalled;
};

export const upload = async (service: Service, bytes: Uint8Array<ArrayBuffer>, more: object = {}): Promise<Ticket> => {
  const ticket = await askForTicket(service, bytes, more);
  const { status } = await put(ticket, bytes);
  if (status !== 200) throw new Error(`the store answered ${status}`);
  return ticket;
};

export const imageOnce = async (
  service: Service,
  id: string,
  until: (image: ImageAnswer) => boolean,
  patienceMs = 30_000,
): Promise<ImageAnswer> => {
  for (let waited = 0; ; waited += 20) {
    const { body } = await service.call('GET', `/v1/images/${id}`);
    const image: ImageAnswer = body;
    if (until(image)) return image;
    if (waited > patienceMs) throw new Error(`still ${image.status} after ${patienceMs} ms: ${service.output()}`);
    await sleep(20);
  }
};

export const isDone = ({ status }: ImageAnswer): boolean => ['ready', 'failed', 'expired'].includes(status);
