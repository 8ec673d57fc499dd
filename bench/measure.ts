import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Made } from './contenders/contender.ts';
import type { MeasuredName } from './contenders/index.ts';

export type Run = { readonly cpuMs: number; readonly wallMs: number };
export type Measured = {
  /** The quickest of the runs: what disturbs a run only ever makes it slower. */
  readonly best: Run;
  /** Of a process that did nothing else. */
  readonly peakRssMb: number;
  readonly files: readonly Made[];
};
export type Task = {
  readonly contender: MeasuredName;
  readonly path: string;
  readonly runs: number;
  readonly keep: boolean;
};

/** In a process of its own, so that memory, caches and settings of one contender do not touch another. */
export const measure = async (task: Task, environment: Readonly<Record<string, string>> = {}): Promise<Measured> => {
  const child = fork(new URL('./measured-process.ts', import.meta.url), {
    env: { ...process.env, ...environment },
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  try {
    child.send(task);
    const [answer] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the measured process ended with ${code}`))),
    ])) as [Measured];
    return answer;
  } finally {
    child.disconnect();
  }
};
