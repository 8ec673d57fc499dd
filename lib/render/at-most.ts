/**
 * A concurrency limit: runs calls in their order, at most `limit` at a time. The first trouble stops the rest from
 * beginning, and it is thrown only when nothing is under way any more.
 */
export const atMost = async (limit: number, calls: readonly (() => Promise<void>)[]): Promise<void> => {
  let next = 0;
  let trouble: { error: unknown } | undefined;
  const takeCalls = async () => {
    while (next < calls.length && !trouble) {
      const call = calls[next++];
      try {
        await call?.();
      } catch (error) {
        trouble ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, takeCalls));
  if (trouble) throw trouble.error;
};
