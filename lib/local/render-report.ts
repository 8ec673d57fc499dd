import type { Format } from '../core/formats.ts';
import type { TaskOutcome } from '../work/work.ts';

/** What became of a task. `code` says why a version failed, or what kind of trouble sent the task back. */
export type TaskEnd = { readonly result: TaskOutcome['end']; readonly code: string };
/** What a render took, also one that failed. */
export type RenderCost = {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly bytes: Readonly<Record<Format, number>>;
  /** Files that were copied from the version before instead. */
  readonly copied: { readonly files: number; readonly bytes: number };
};

export const taskEnd = (outcome: TaskOutcome): TaskEnd => ({ result: outcome.end, code: codeOf(outcome) });

const codeOf = (outcome: TaskOutcome): string => {
  if (outcome.end === 'failed') return outcome.error.code;
  return outcome.end === 'again' || outcome.end === 'put-back' ? outcome.trouble : '';
};
