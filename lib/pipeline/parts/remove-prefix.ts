import type { ObjectStore } from '../../ports.ts';

/**
 * Removes every object below a prefix, and returns their number and keys. A second run removes nothing more. If there
 * are objects, `found` is called and awaited before the first one is removed.
 */
export const removePrefix = async (
  store: ObjectStore,
  prefix: string,
  found?: () => Promise<void>,
): Promise<readonly string[]> => {
  const keys: string[] = [];
  for await (const object of store.list(prefix)) keys.push(object.key);
  if (keys.length > 0) {
    await found?.();
    await store.remove(keys);
  }
  return keys;
};
