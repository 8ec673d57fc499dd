/**
 * Keeps trouble with one of many items apart: the others go on, and the first trouble is thrown in the end. A file that
 * cannot be read, say, would otherwise stop the same list at the same place each time.
 */
export const troubleApart = () => {
  let first: { readonly error: unknown } | undefined;
  return {
    /** The result alone, or nothing. */
    attempt: async <Result>(work: () => Promise<Result>): Promise<readonly Result[]> => {
      try {
        return [await work()];
      } catch (error) {
        first ??= { error };
        return [];
      }
    },
    rethrow: (): void => {
      if (first) throw first.error;
    },
  };
};
