import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { Duplex, Readable, Writable } from 'node:stream';
import { BadPicture } from '../core/errors.ts';
import { Troubled } from '../core/trouble.ts';
import type { Deliver, EarlierFile, Log, Rendered, RenderedVariant, RenderOrder, TakeOver } from '../ports.ts';
import { type FrameLimits, framesFrom, sendFrame } from './frames.ts';
import { livedTimeout } from './lived-timeout.ts';
import { type FromRenderer, fromRenderer, type Stored, type ToRenderer } from './renderer-messages.ts';

/** How a renderer's program is started. The connection to it is its third file descriptor. */
export type Launch = {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The started process is not the renderer itself, and writes the pid of the renderer to its fourth descriptor (bubblewrap). */
  readonly tellsPid?: boolean;
  /** The started process reads this filter of system calls from its fifth descriptor (bubblewrap). */
  readonly filter?: Uint8Array | undefined;
};

/** The descriptors of a renderer: its errors, the connection, its pid, and its filter of system calls. */
export const descriptorsOf = ({ tellsPid, filter }: Launch): StdioOptions => [
  ...(['ignore', 'ignore', 'pipe', 'pipe'] as const),
  tellsPid ? 'pipe' : 'ignore',
  filter ? 'pipe' : 'ignore',
];
export const sendFilter = ({ stdio }: ChildProcess, { filter }: Launch): void => {
  const pipe = (stdio as readonly unknown[])[5] as Writable | null | undefined;
  if (filter) pipe?.on('error', () => undefined).end(filter);
};

/** A process that only renders: everything that it needs comes from here. */
export type RenderProcess = {
  readonly isAlive: () => boolean;
  /**
   * Rejects with `RendererGone` when the process ends before its answer; with the error of `deliver` or `takeOver`; or as a
   * renderer does.
   */
  readonly render: (original: Uint8Array, order: RenderOrder, taker: Taker, terms: Terms) => Promise<RenderAnswer>;
  /** Lets it end by itself. */
  readonly close: () => void;
  readonly kill: () => void;
};
/** Takes the files of a render. */
export type Taker = { readonly deliver: Deliver; readonly takeOver: TakeOver };
export type Terms = {
  readonly timeoutMs: number;
  /** Whether a picture of this weight may be rendered now; if not, the render rejects as `turn`. */
  readonly mayBegin: (weight: number) => boolean;
};
export type RenderAnswer = {
  readonly result: { readonly rendered: Rendered } | { readonly error: unknown };
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
};

/** `begun`: it had the whole original. `timedOut`: it was ended because it did not answer. */
export class RendererGone extends Error {
  override readonly name = 'RendererGone';
  readonly begun: boolean;
  readonly timedOut: boolean;

  constructor(begun: boolean, timedOut: boolean) {
    super(timedOut ? 'The renderer did not answer in time.' : 'The renderer ended before its answer.');
    this.begun = begun;
    this.timedOut = timedOut;
  }
}

const mebibyte = 1024 * 1024;
const answerLimits: FrameLimits = { head: 4 * mebibyte, body: 1024 * mebibyte };
/** More than a renderer sends at once. */
const filesAtOnce = 16;

type Listener = {
  readonly hear: (said: FromRenderer, body: Uint8Array) => void;
  readonly gone: () => void;
};

export const startRenderProcess = (launch: Launch, log: Log, ended: () => void): RenderProcess => {
  const child = spawn(launch.command, launch.arguments, {
    env: { ...launch.environment },
    stdio: descriptorsOf(launch),
    // Its own session, so that Ctrl-C on the terminal reaches only the host.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  if (child.stdio === undefined) {
    // Node has no descriptor for its pipes, and says so also by the event.
    child.once('error', () => undefined);
    throw Object.assign(new Error('no descriptor is left to start a renderer'), { code: 'EMFILE' });
  }
  sendFilter(child, launch);
  const connection = child.stdio[3] as Duplex;
  let isAlive = true;
  let listener: Listener | undefined;
  let newest = 0;

  const kill = () => void child.kill('SIGKILL');
  const end = () => {
    if (!isAlive) return;
    isAlive = false;
    ended();
    listener?.gone();
  };
  // Not `exit`, because the messages that a renderer sent before it died are read first.
  child.once('close', end);
  child.once('error', (error) => {
    log.error('a renderer met trouble', { error });
    end();
  });
  connection.on('error', (error) => log.info('the connection to a renderer broke', { error }));
  if (child.stderr) logStderr(child.stderr, log);
  const introduce = async (): Promise<void> => {
    const pid = launch.tellsPid ? await pidIn(child.stdio[4] as Readable) : child.pid;
    if (pid === undefined) return;
    await dieFirst(pid);
    log.info('a renderer started', { pid });
  };
  void introduce();

  const listen = async (): Promise<void> => {
    try {
      for await (const { head, body } of framesFrom(connection, answerLimits)) {
        const said = fromRenderer.parse(head);
        if (said.serial === newest) listener?.hear(said, body);
      }
    } catch (error) {
      // The connection of a killed renderer breaks; that is logged above.
      if (error !== connection.errored)
        log.error('a renderer sent an invalid message, and is ended', { pid: child.pid, error });
      kill();
    }
  };
  void listen();
  const say = (words: ToRenderer, body?: Uint8Array) => sendFrame(connection, words, body);

  return {
    isAlive: () => isAlive && child.exitCode === null && child.signalCode === null && connection.writable,
    close: () => void connection.end(),
    kill,
    render: async (original, order, taker, { timeoutMs, mayBegin }) => {
      const { promise, resolve, reject } = Promise.withResolvers<RenderAnswer>();
      const serial = ++newest;
      const began = performance.now();
      let begun = false;
      let timedOut = false;
      const cancelTimeout = livedTimeout(() => {
        timedOut = true;
        kill();
      }, timeoutMs);
      const intake = fileIntake(taker, order.earlier ?? [], (file, stored) => say({ serial, file, stored }));
      const answer = async (said: Extract<FromRenderer, { says: 'done' | 'failed' }>): Promise<RenderAnswer> => {
        await intake.idle();
        const { cpuMs, residentBytes } = said;
        return { result: intake.resultOf(said), wallMs: performance.now() - began, cpuMs, residentBytes };
      };
      listener = {
        hear: (said, body) => {
          if (said.says === 'begun') {
            begun = true;
            const go = mayBegin(said.weight);
            say({ serial, go });
            if (!go) reject(new Troubled('turn'));
          } else if (said.says === 'file') intake.take(said.variant as RenderedVariant, body, said.progress);
          else if (said.says === 'same') intake.takeOver(said.variant as RenderedVariant, said.progress);
          else answer(said).then(resolve, reject);
        },
        gone: () => void intake.idle().then(() => reject(new RendererGone(begun, timedOut))),
      };
      try {
        if (!isAlive) throw new RendererGone(false, false);
        say({ serial, render: order }, original);
        return await promise;
      } finally {
        cancelTimeout();
        listener = undefined;
      }
    },
  };
};

/** Files on their way from a renderer into the store, and whether the answer after them matches. */
const fileIntake = (
  { deliver, takeOver }: Taker,
  earlier: readonly EarlierFile[],
  acknowledge: (file: number, stored: Stored) => void,
) => {
  const underWay = new Set<Promise<void>>();
  const stored = new Map<string, RenderedVariant>();
  let trouble: { readonly error: unknown } | undefined;
  let count = 0;

  const store = async (variant: RenderedVariant, put: () => Promise<boolean>): Promise<void> => {
    const file = count++;
    try {
      const isStored = await put();
      if (isStored) stored.set(nameOf(variant), variant);
      acknowledge(file, isStored ? 'stored' : 'gone');
    } catch (error) {
      trouble ??= { error };
      acknowledge(file, 'failed');
    }
  };

  const begin = (variant: RenderedVariant, put: () => Promise<boolean>): void => {
    if (underWay.size >= filesAtOnce) throw new RangeError('more files at once than a renderer sends');
    const storing = store(variant, put).finally(() => underWay.delete(storing));
    underWay.add(storing);
  };

  return {
    take: (variant: RenderedVariant, bytes: Uint8Array, progress: number): void =>
      begin(variant, async () => {
        if (bytes.length !== variant.bytes || (await digestOf(bytes)) !== variant.sha256)
          throw new RangeError('a file does not match its length or digest');
        await deliver(variant, bytes, progress);
        return true;
      }),
    takeOver: (variant: RenderedVariant, progress: number): void =>
      begin(variant, async () => {
        if (!earlier.some((file) => isOf(file, variant))) throw new RangeError('a file is none of the earlier ones');
        return takeOver(variant, progress);
      }),
    idle: async (): Promise<void> => void (await Promise.all(underWay)),
    resultOf: (said: Extract<FromRenderer, { says: 'done' | 'failed' }>): RenderAnswer['result'] => {
      if (trouble) return trouble;
      if (said.says === 'failed') return { error: errorOf(said.failure) };
      const { rendered } = said;
      const variants = rendered.variants.map((variant) => stored.get(nameOf(variant)));
      if (!variants.every((variant) => variant !== undefined))
        return { error: new RangeError('the renderer names a file that it has not sent') };
      return { rendered: { ...rendered, variants } };
    },
  };
};

/** Whether everything that the host knows of the earlier file is the same. The name may be another. */
const isOf = (file: EarlierFile, variant: RenderedVariant): boolean =>
  (['format', 'bytes', 'quality', 'score', 'sha256', 'why', 'fingerprint'] as const).every(
    (fact) => file[fact] === variant[fact],
  );

const nameOf = ({ name, format }: { readonly name: string; readonly format: string }): string => `${name}.${format}`;

/** On a thread of its own, unlike `createHash`. */
const digestOf = async (bytes: Uint8Array): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('base64');

const errorOf = (failure: Extract<FromRenderer, { says: 'failed' }>['failure']): unknown => {
  const more = failure.cause === undefined ? {} : { cause: failure.cause };
  return 'code' in failure
    ? new BadPicture(failure.code, failure.message, { ...more, ...(failure.size && { size: failure.size }) })
    : new Troubled(failure.trouble, more);
};

/** Without memory, the kernel ends a renderer before the service and most other processes: docs/decisions.md#renderer-memory */
const dieFirst = async (pid: number): Promise<void> => {
  if (process.platform !== 'linux') return;
  try {
    await writeFile(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // It has ended already, or this system does not allow it.
  }
};

/** The pid that bubblewrap writes. The pipe is read to its end, because bubblewrap ends when its pipe has no reader. */
const pidIn = async (pipe: Readable): Promise<number | undefined> => {
  let text = '';
  try {
    for await (const chunk of pipe.setEncoding('utf8')) text += chunk;
  } catch {
    // It died before it could write the pid.
  }
  const pid = /"child-pid": (\d+)/.exec(text)?.[1];
  return pid === undefined ? undefined : Number(pid);
};

const longestLine = 2000;
const mostLines = 100;

/** Logs the standard error of a renderer, up to a limit, because an attacker may write it. */
const logStderr = (stderr: Readable, log: Log): void => {
  let lines = 0;
  stderr.setEncoding('utf8').on('data', (text: string) => {
    if (lines++ < mostLines) log.warn('a renderer wrote', { text: text.slice(0, longestLine) });
  });
};
