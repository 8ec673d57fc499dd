import type { ObjectStore } from '../../ports.ts';

/**
 * Removes every object below a prefix, and says how many there were and under which keys. Twice removes nothing more.
 * `found` is waited for after something was found and before anything is removed.
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
