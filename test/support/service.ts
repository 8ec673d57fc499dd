import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import type { ImageAnswer, Ticket } from '../../lib/contract/answers.ts';
import { freePort } from './free-port.ts';
import { program } from './program.ts';
import { until } from './until.ts';

/** Darkroom as a person starts it: a process of its own, on a free port, with data in a folder. */
export type Service = {
  readonly url: string;
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly log: () => readonly Record<string, unknown>[];
  /** Process ids of the renderers, the newest last. */
  readonly renderers: () => readonly number[];
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** Resolves to the exit code, when everything that the service has started is gone and all of its output is here. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: never };

const environmentFor = (data: string, more: Record<string, string>) => {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('DARKROOM_') && name !== 'NODE_OPTIONS',
  );
  return { ...Object.fromEntries(inherited), DARKROOM_DATA: data, DARKROOM_PORT: '0', DARKROOM_LOG: 'info', ...more };
};

/** `wrapper` is a program, with arguments, that starts the one that the rest of its arguments name. */
export const spawnService = (
  data: string,
  more: Record<string, string> = {},
  wrapper: readonly string[] = [],
): ChildProcess => {
  const [first = '', ...args] = [...wrapper, process.execPath, program, 'serve'];
  return spawn(first, args, { env: environmentFor(data, more), stdio: ['ignore', 'pipe', 'pipe'] });
};

/** Starts a service that refuses to run: resolves to its exit code and what it says. */
export const startInVain = async (
  data: string,
  environment: Record<string, string> = {},
): Promise<{ readonly code: number | null; readonly output: string }> => {
  const child = spawnService(data, environment);
  // It says that it is ready: it did not start in vain, and would run for ever.
  child.stdout?.once('data', () => child.kill('SIGKILL'));
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, output };
};

export const startService = async (
  data: string,
  more: Record<string, string> = {},
  wrapper: readonly string[] = [],
  limitMs?: number,
): Promise<Service> => {
  const child = spawnService(data, more, wrapper);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    err += chunk;
  });
  // Not `exit`: the renderers write to the same pipes, which close when the last of them is gone as well.
  const closed = once(child, 'close');
  const log = () =>
    err
      .slice(0, err.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const address = () => /^Darkroom is ready: (\S+)\n/m.exec(out)?.[1];

  try {
    await until(
      () => address() !== undefined || child.exitCode !== null || child.signalCode !== null,
      () => `the service did not say where it is: ${out}${err}`,
      limitMs === undefined ? {} : { limitMs },
    );
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const url = address();
  if (url === undefined) {
    await closed;
    throw new Error(`the service ended at once: ${out}${err}`);
  }

  return {
    url,
    process: child,
    output: () => out + err,
    log,
    renderers: () => log().flatMap((line) => (line.message === 'a renderer started' ? [Number(line.pid)] : [])),
    call: async (method, path, body) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body: text }) });
      const answered = await answer.text();
      return { status: answer.status, headers: answer.headers, body: (answered && JSON.parse(answered)) as never };
    },
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await closed;
      return child.exitCode;
    },
  };
};

/** On a port that is known beforehand: behind a proxy of its own, a service says the address of that. */
export const startServiceOnKnownPort = async (
  data: string,
  more: Record<string, string>,
): Promise<Service & { readonly port: number }> => {
  for (;;) {
    const port = await freePort();
    try {
      return { ...(await startService(data, { ...more, DARKROOM_PORT: String(port) })), port };
    } catch (error) {
      if (!String(error).includes('is taken')) throw error;
    }
  }
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
  holds: (image: ImageAnswer) => boolean,
  limits?: Parameters<typeof until>[2],
): Promise<ImageAnswer> => {
  let image: ImageAnswer | undefined;
  return until(
    async () => {
      image = (await service.call('GET', `/v1/images/${id}`)).body as ImageAnswer;
      return holds(image) && image;
    },
    () => `still ${JSON.stringify(image)}: ${service.output()}`,
    limits,
  );
};

export const isDone = ({ status }: ImageAnswer): boolean => ['ready', 'failed', 'expired'].includes(status);
