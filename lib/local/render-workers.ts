import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { whenFree } from '../adapters/local/patience.ts';
import type { Received, SqliteJobQueue } from '../adapters/local/sqlite-job-queue.ts';
import type { Log } from '../ports.ts';
import { sqsEvent } from './sqs-event.ts';

/**
 * Renders outside the host's process: decoding is the one place where strangers' bytes meet native code, so a worker
 * may crash, hang or swell without anything else noticing. One picture at a time in each.
 */
export type RenderWorkers = {
  /** Look at the queue now instead of at the next tick. */
  readonly wake: () => void;
  /** How many workers run. */
  readonly alive: () => number;
  /** Lets renders that are under way come to their end, for so long; then ends the workers. */
  readonly stop: (graceMs: number) => Promise<void>;
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
};

/** What a worker sends back for an event. */
export type WorkerAnswer = { readonly response: SQSBatchResponse; readonly residentBytes: number };

export const startRenderWorkers = (queue: SqliteJobQueue, log: Log, options: WorkerOptions): RenderWorkers => {
  let stopping = false;
  const naps = new Set<() => void>();
  const children = new Set<ChildProcess>();

  const wake = (): void => {
    for (const end of naps) end();
  };

  const nap = (): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        naps.delete(end);
        resolve();
      };
      const timer = setTimeout(end, options.pollMs);
      naps.add(end);
    });

  const start = (): ChildProcess => {
    const child = fork(options.program, {
      env: { ...options.environment },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    child.once('error', (error) => log.error('a render worker could not be started', { error }));
    log.info('a render worker started', { pid: child.pid });
    return child;
  };

  const work = async (): Promise<void> => {
    let child = start();
    while (!stopping) {
      const message = await whenFree(() => queue.receive(options.timeoutMs * 2));
      if (!message) {
        await nap();
        continue;
      }
      if (child.exitCode !== null || child.signalCode !== null || !child.connected) child = start();
      const answer = await ask(child, message, options.timeoutMs);
      if (!answer) {
        log.error('a render worker died', { queued: message.id, receives: message.receives });
        await queue.postpone(message.receipt, stopping ? 0 : 500 * message.receives);
        continue;
      }
      if (answer.response.batchItemFailures.length === 0) await whenFree(() => queue.remove(message.receipt));
      if (answer.residentBytes > options.maxResidentBytes) child.disconnect();
    }
    if (child.connected) child.disconnect();
  };

  const slots = Array.from({ length: options.count }, work);

  return {
    wake,
    alive: () => children.size,
    stop: async (graceMs) => {
      stopping = true;
      wake();
      const killer = setTimeout(() => {
        for (const child of children) child.kill('SIGKILL');
      }, graceMs);
      await Promise.all(slots);
      clearTimeout(killer);
      for (const child of children) child.kill('SIGKILL');
    },
  };
};

/** Resolves to undefined when the worker died, by itself or because its time was up. */
const ask = async (child: ChildProcess, message: Received, timeoutMs: number): Promise<WorkerAnswer | undefined> => {
  const event: SQSEvent = sqsEvent(message);
  const settled = new AbortController();
  const killer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    const answered = once(child, 'message', { signal: settled.signal }).then(([answer]) => answer as WorkerAnswer);
    const died = once(child, 'exit', { signal: settled.signal }).then(() => undefined);
    answered.catch(() => undefined);
    died.catch(() => undefined);
    child.send(event, () => undefined);
    return await Promise.race([answered, died]);
  } finally {
    clearTimeout(killer);
    settled.abort();
  }
};
