import type { Remembered } from './uploads.ts';

/** What is under way, kept for this tab: another tab has uploads of its own. */
export const tabMemory = (storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>, name: string) => ({
  read: (): readonly Remembered[] => {
    try {
      const found: unknown = JSON.parse(storage.getItem(name) ?? '[]');
      return Array.isArray(found) ? found.filter(isRemembered) : [];
    } catch {
      return [];
    }
  },
  write: (all: readonly Remembered[]): void => {
    try {
      if (all.length === 0) storage.removeItem(name);
      else storage.setItem(name, JSON.stringify(all));
    } catch {
      // Full, or forbidden: then a reload forgets.
    }
  },
});

const isRemembered = (one: Partial<Remembered> | null): one is Remembered =>
  typeof one?.id === 'string' && typeof one.version === 'number' && typeof one.name === 'string';
