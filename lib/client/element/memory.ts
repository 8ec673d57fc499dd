import type { Kept, Remembered } from './uploads.ts';

/** What is under way, kept for this tab: another tab has uploads of its own. */
export const tabMemory = (storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>, name: string) => ({
  read: (): readonly Kept[] => {
    try {
      const found: unknown = JSON.parse(storage().getItem(name) ?? '[]');
      return Array.isArray(found) ? found.filter(isKept) : [];
    } catch {
      return [];
    }
  },
  write: (all: readonly Kept[]): void => {
    try {
      if (all.length === 0) storage().removeItem(name);
      else storage().setItem(name, JSON.stringify(all));
    } catch {
      // Full, or forbidden: then a reload forgets.
    }
  },
});

/** The first name that is not taken: elements that look the same are counted in the order of the page. */
export const takeName = (taken: Set<string>, parts: readonly string[]): string => {
  for (let count = 0; ; count++) {
    const name = ['darkroom-upload', ...parts, count].join(' ');
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
};

const isKept = (one: Partial<Remembered> | null): one is Kept =>
  typeof one?.name === 'string' &&
  typeof one.bytes === 'number' &&
  (one.id === undefined || (typeof one.id === 'string' && typeof one.version === 'number'));
