/**
 * Tells trouble of the machine from trouble that one task alone meets, such as an original on a bad sector: a task that
 * fails again though others have succeeded since. docs/decisions.md#own-trouble
 */
export type OwnTrouble = {
  /** Trouble in a task. Answers how many times the task alone has met it; 0 while it may be the machine. */
  failed(task: number): number;
  succeeded(task: number): void;
  /** The task has come to its end in another way, as when its image was deleted. */
  ended(task: number): void;
  /** Whether one task alone has failed since the last success, besides those with trouble of their own. Another may tell more. */
  isOneSuspected(): boolean;
};

export const ownTrouble = (): OwnTrouble => {
  let successes = 0;
  const met = new Map<number, { readonly atSuccesses: number; readonly alone: number }>();
  const failing = new Set<number>();

  return {
    failed: (task) => {
      const { atSuccesses, alone } = met.get(task) ?? { atSuccesses: successes, alone: 0 };
      const isKnown = successes > atSuccesses;
      if (!isKnown) failing.add(task);
      met.set(task, { atSuccesses, alone: isKnown ? alone + 1 : 0 });
      return isKnown ? alone + 1 : 0;
    },
    succeeded: (task) => {
      successes++;
      failing.clear();
      met.delete(task);
    },
    ended: (task) => {
      failing.delete(task);
      met.delete(task);
    },
    isOneSuspected: () => failing.size === 1,
  };
};
