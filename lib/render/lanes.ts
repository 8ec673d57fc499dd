/**
 * Runs tasks in their order, as many at a time as there are lanes. The first trouble stops the rest from beginning,
 * and it is thrown only when nothing is under way any more.
 */
export const inLanes = async (lanes: number, tasks: readonly (() => Promise<void>)[]): Promise<void> => {
  let next = 0;
  let trouble: { error: unknown } | undefined;
  const lane = async () => {
    while (next < tasks.length && !trouble) {
      const task = tasks[next++];
      try {
        await task?.();
      } catch (error) {
        trouble ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (trouble) throw trouble.error;
};
