import { type ChildProcess, fork } from 'node:child_process';
import { whenFree } from '../adapters/local/patience.ts';
import type { Received, SqliteTaskQueue } from '../adapters/local/sqlite-task-queue.ts';
import type { VersionRef } from '../core/keys.ts';
import type { Trouble } from '../core/trouble.ts';
import { forgiveAttempt, releaseAll, releaseAttempt } from '../pipeline/parts/release-attempt.ts';
import type { Ports, RenderTask } from '../ports.ts';
import { hide, type Return } from '../work/work.ts';
import { circuitBreaker, type Pauses } from './circuit-breaker.ts';
import { deathWatch } from './death-watch.ts';
import type { Metrics } from './metrics.ts';
import type { RenderReport } from './render-report.ts';

/**
 * Renders outside the host's process. Decoding is the one place where untrusted bytes meet native code, so a worker may
 * crash, hang or grow without harm to the rest. Each renders one picture at a time.
 */
export type RenderWorkers = {
  /** Look at the queue now instead of at the next tick. */
  readonly wake: () => void;
  /** How many workers run. */
  readonly alive: () => number;
  /** Lets renders that are under way come to their end, for so long; then ends the workers. */
  readonly stop: (graceMs: number) => Promise<void>;
};

export type RenderWorkersWorld = Pick<Ports, 'catalogue' | 'clock' | 'log'> & {
  readonly queue: SqliteTaskQueue;
};

export type WorkerOptions = {
  readonly count: number;
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A worker that has not answered by then is killed. */
  readonly timeoutMs: number;
  /** A worker that holds more memory than this after a render is replaced. */
  readonly maxResidentBytes: number;
  readonly pollMs: number;
  /** How long all slots pause while the machine is in trouble. */
  readonly pauses?: Pauses;
  /** Is told what happens, to count it. */
  readonly watcher?: WorkerWatcher;
};
export type WorkerWatcher = Pick<Metrics, 'reported' | 'died' | 'workerStarted'>;

/** What a worker is sent. */
export type WorkerOrder = { readonly task: RenderTask; readonly receives: number };

/** What a worker sends: first that the picture is about to meet the decoder, then the outcome of the task. */
export type WorkerMessage = 'rendering' | WorkerAnswer;
export type WorkerAnswer = {
  /** When the task comes back; undefined when it is done. */
  readonly back: Return | undefined;
  /** The task comes back because the machine is in trouble. */
  readonly machineTrouble: boolean;
  readonly residentBytes: number;
  readonly report?: RenderReport;
};

/** How asking a worker has ended. `rendering`: it had begun with the picture. */
type End =
  | { readonly kind: 'answer'; readonly answer: WorkerAnswer; readonly rendering: boolean }
  | { readonly kind: 'died' | 'timed-out'; readonly rendering: boolean };

const defaultPauses: Pauses = { firstMs: 250, longestMs: 5 * 60_000, lookAgainMs: 250 };

export const startRenderWorkers = (world: RenderWorkersWorld, options: WorkerOptions): RenderWorkers => {
  const { queue, catalogue, clock, log } = world;
  let stopping = false;
  const naps = new Set<() => void>();
  const pauses = new Set<() => void>();
  const children = new Set<ChildProcess>();
  const breaker = circuitBreaker(() => performance.now(), options.pauses ?? defaultPauses);
  const watch = deathWatch();
  /** What a death was about, for the case that it is forgiven later. */
  const subjects = new Map<string, readonly VersionRef[]>();

  const wake = (): void => {
    for (const end of naps) end();
  };

  const nap = (ms: number, kind: 'idle' | 'pause'): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        naps.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      if (kind === 'idle') naps.add(end);
      else pauses.add(end);
    });
  const start = (): ChildProcess => {
    const child = fork(options.program, {
      env: { ...options.environment },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.add(child);
    options.watcher?.workerStarted();
    child.once('exit', () => children.delete(child));
    child.on('error', (error) => log.error('a render worker met trouble', { error }));
    log.info('a render worker started', { pid: child.pid });
    return child;
  };

  const pauseAfter = (error: unknown): void => {
    const pauseMs = breaker.failed();
    log.error('rendering pauses: the machine is in trouble', { error, pauseMs });
  };

  /** What has to be noted lest an upload be charged or lost; it is tried until it is, or until the host stops. */
  const insist = async (note: () => Promise<unknown>): Promise<void> => {
    for (let hasFailed = false; !stopping; ) {
      const waitMs = hasFailed ? breaker.waitMs() : 0;
      if (waitMs > 0) {
        await nap(waitMs, 'pause');
        continue;
      }
      try {
        await note();
        return;
      } catch (error) {
        hasFailed = true;
        pauseAfter(error);
      }
    }
  };

  const rendersIn = ({ task }: Received): readonly VersionRef[] => ('render' in task ? [task.render] : []);

  const release = (jobs: readonly VersionRef[], trouble: Trouble, died: boolean): Promise<void> =>
    insist(async () => {
      for (const job of jobs) await releaseAttempt({ catalogue, clock }, job, { trouble, died });
    });

  const forgive = async (forgiven: readonly string[]): Promise<void> => {
    for (const subject of forgiven)
      for (const job of subjects.get(subject) ?? []) await insist(() => forgiveAttempt({ catalogue, clock }, job));
  };

  const bury = async (message: Received, { kind, rendering }: End): Promise<void> => {
    const jobs = rendersIn(message);
    const subject = String(message.id);
    options.watcher?.died(deathTrouble(kind, rendering));
    log.error('a render worker died', { letter: message.id, receives: message.receives, rendering, kind });
    if (stopping) {
      // The host that comes next gives back what is still held; here one attempt is enough.
      for (const job of jobs) await releaseAttempt(world, job, { trouble: 'renderers', died: false });
      return queue.putBack(message.receipt, 0);
    }
    if (kind === 'timed-out' && rendering) {
      await release(jobs, 'render-time', true);
      await queue.postpone(message.receipt, retryMs(message.receives));
      return breaker.saidNothing();
    }
    const verdict = rendering ? watch.died(subject) : { blame: 'machine', forgiven: [] };
    if (verdict.blame === 'picture') {
      subjects.set(subject, jobs);
      await release(jobs, 'render-death', true);
      await queue.postpone(message.receipt, retryMs(message.receives));
      return breaker.saidNothing();
    }
    await release(jobs, 'renderers', rendering);
    await forgive(verdict.forgiven);
    await queue.putBack(message.receipt, 0);
    throw new Error('render workers die');
  };

  const settle = async (child: ChildProcess, message: Received, end: End): Promise<void> => {
    if (end.kind !== 'answer') return bury(message, end);
    const { back, machineTrouble, residentBytes, report } = end.answer;
    if (report) options.watcher?.reported(report);
    if (residentBytes > options.maxResidentBytes && child.connected) child.disconnect();
    if (machineTrouble) {
      // The worker has given the attempt back, unless it was kept from that by the same trouble.
      await release(rendersIn(message), 'renderers', false);
      // Without a delay: the circuit breaker pauses all slots.
      await queue.putBack(message.receipt, 0);
      throw new Error('a task was put back');
    }
    if (back) await hide(queue, message.receipt, back);
    if (end.rendering) {
      breaker.succeeded();
      watch.cameThrough();
      subjects.clear();
    } else breaker.saidNothing();
    if (!back) await whenFree(() => queue.remove(message.receipt));
  };

  const work = async (): Promise<void> => {
    let child = start();
    while (!stopping) {
      const waitMs = breaker.waitMs();
      if (waitMs > 0) {
        await nap(waitMs, 'pause');
        continue;
      }
      try {
        const message = await whenFree(() => queue.receive(options.timeoutMs * 2));
        if (!message) {
          breaker.saidNothing();
          await nap(options.pollMs, 'idle');
          continue;
        }
        if (!isAlive(child)) child = start();
        await settle(child, message, await ask(child, message, options.timeoutMs));
      } catch (error) {
        pauseAfter(error);
      }
    }
    if (child.connected) child.disconnect();
  };

  // The data folder is the host's alone, so what an attempt holds now was held by a renderer that is gone.
  const ready = insist(() => releaseAll({ catalogue, clock })).then(breaker.saidNothing);
  const slots = Array.from({ length: options.count }, () => ready.then(work));

  return {
    wake,
    alive: () => children.size,
    stop: async (graceMs) => {
      stopping = true;
      wake();
      for (const end of pauses) end();
      const killer = setTimeout(() => {
        for (const child of children) child.kill('SIGKILL');
      }, graceMs);
      await Promise.all(slots);
      clearTimeout(killer);
      for (const child of children) child.kill('SIGKILL');
    },
  };
};

const deathTrouble = (kind: End['kind'], rendering: boolean): Trouble => {
  if (kind === 'timed-out') return 'render-time';
  return rendering ? 'render-death' : 'renderers';
};

/** 1 s, 2 s, 4 s … up to a minute: other pictures come first, and show whether the machine is to blame. */
const retryMs = (receives: number): number => Math.min(500 * 2 ** receives, 60_000);

const isAlive = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null && child.connected;

const ask = async (child: ChildProcess, message: Received, timeoutMs: number): Promise<End> => {
  const settled = new AbortController();
  const { signal } = settled;
  let rendering = false;
  let timedOut = false;
  const killer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  try {
    const answered = new Promise<End>((resolve) => {
      const listen = (said: WorkerMessage) => {
        if (said === 'rendering') rendering = true;
        else resolve({ kind: 'answer', answer: said, rendering });
      };
      child.on('message', listen);
      signal.addEventListener('abort', () => child.off('message', listen));
    });
    const died = new Promise<End>((resolve) => {
      const end = () => resolve({ kind: timedOut ? 'timed-out' : 'died', rendering });
      // What a worker said before it died is heard before its channel closes.
      const exited = () => (child.connected ? child.once('disconnect', end) : end());
      child.once('exit', exited);
      // It could not even be started.
      child.once('error', end);
      signal.addEventListener('abort', () => child.off('exit', exited).off('error', end));
    });
    child.send({ task: message.task, receives: message.receives } satisfies WorkerOrder, () => undefined);
    return await Promise.race([answered, died]);
  } finally {
    clearTimeout(killer);
    settled.abort();
  }
};
