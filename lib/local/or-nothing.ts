/** What cannot be looked up right now must not hide the rest of the answer. */
export const orNothing = async <T>(look: () => T | Promise<T>): Promise<T | undefined> => {
  try {
    return await look();
  } catch {
    return undefined;
  }
};
