import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A control group of Linux whose processes together get no more memory than the limit, and no swap. */
export type MemoryGroup = {
  readonly version: 1 | 2;
  /**
   * Starts a service within the group, by a copy of Node that was read first in this group: the pages of the other one count
   * elsewhere. For `startService`.
   */
  readonly wrapperWith: (copy: string) => Promise<readonly string[]>;
  readonly processes: () => readonly number[];
  /** Of these, the most memory that they had at once, and how many processes the kernel has killed. */
  readonly peakMb: () => number;
  readonly killed: () => number;
  readonly remove: () => Promise<void>;
};

const places = [
  { version: 1, parent: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', swap: 'memory.memsw.limit_in_bytes' },
  { version: 2, parent: '/sys/fs/cgroup', limit: 'memory.max', swap: 'memory.swap.max' },
] as const;

const run = promisify(execFile);
const enter = 'echo $$ > "$0/cgroup.procs"';

/** Throws where there is none, or where this user may not make one. */
export const makeMemoryGroup = (limitMb: number): MemoryGroup => {
  const place = places.find(({ parent, version }) =>
    existsSync(join(parent, version === 1 ? 'memory.limit_in_bytes' : 'cgroup.subtree_control')),
  );
  if (!place) throw new Error('this machine has no control groups for memory');
  const folder = join(place.parent, `darkroom-${process.pid}`);
  const file = (name: string) => join(folder, name);
  const read = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
  const bytes = limitMb * 2 ** 20;
  try {
    if (place.version === 2) writeFileSync(join(place.parent, 'cgroup.subtree_control'), '+memory');
    mkdirSync(folder);
    writeFileSync(file(place.limit), String(bytes));
  } catch (cause) {
    throw new Error(`no control group with a limit on memory can be made in ${place.parent}: run this as root`, {
      cause,
    });
  }
  // Not every kernel counts swap.
  if (existsSync(file(place.swap))) writeFileSync(file(place.swap), String(place.version === 1 ? bytes : 0));
  const count = (name: string, field: RegExp): number => Number(field.exec(read(name))?.[1] ?? 0);
  return {
    version: place.version,
    wrapperWith: async (copy) => {
      await run('sh', ['-c', `${enter} && exec cp "$1" "$2"`, folder, process.execPath, copy]);
      return ['sh', '-c', `${enter} && own=$1 && shift 2 && exec "$own" "$@"`, folder, copy];
    },
    processes: () => read('cgroup.procs').split('\n').filter(Boolean).map(Number),
    peakMb: () => Number(read(place.version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak')) / 2 ** 20,
    killed: () => count(place.version === 1 ? 'memory.oom_control' : 'memory.events', /^oom_kill (\d+)$/m),
    remove: async () => {
      // A process that has ended leaves its group a little later.
      for (;;)
        try {
          return rmdirSync(folder);
        } catch (error) {
          if (!(error instanceof Object && 'code' in error && error.code === 'EBUSY')) throw error;
          await sleep(100);
        }
    },
  };
};
