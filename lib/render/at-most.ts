/**
 * A concurrency limit: runs tasks in their order, at most `limit` at a time. The first trouble stops the rest from
 * beginning, and it is thrown only when nothing is under way any more.
 */
export const atMost = async (limit: number, tasks: readonly (() => Promise<void>)[]): Promise<void> => {
  let next = 0;
  let trouble: { error: unknown } | undefined;
  const takeTasks = async () => {
    while (next < tasks.length && !trouble) {
      const task = tasks[next++];
      try {
        await task?.();
      } catch (error) {
        trouble ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, takeTasks));
  if (trouble) throw trouble.error;
};
