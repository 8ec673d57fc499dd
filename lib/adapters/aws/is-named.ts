/** Whether an error is the one that AWS names so. */
export const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Object && 'name' in error && names.includes(String(error.name));
