import type { Rendered } from '../ports.ts';

type Spent = Rendered['spent'];
type Phase = Exclude<keyof Spent, 'wallMs' | 'cpuMs'>;

/** Adds up where the time of a render goes. CPU is that of the whole process: one process renders one image. */
export const stopwatch = () => {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const phases: Record<Phase, number> = { decodeMs: 0, resizeMs: 0, encodeMs: 0, scoreMs: 0, deliverMs: 0 };
  return {
    async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
      const since = performance.now();
      try {
        return await work();
      } finally {
        phases[phase] += performance.now() - since;
      }
    },
    spent(): Spent {
      const { user, system } = process.cpuUsage(cpu);
      return { wallMs: performance.now() - began, cpuMs: (user + system) / 1000, ...phases };
    },
  };
};
