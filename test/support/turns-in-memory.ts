import type { Turns } from '../../lib/ports.ts';

export const turnsInMemory = (): Turns => {
  const taken = new Map<string, number>();
  return {
    take: async (name, now, until) => {
      if ((taken.get(name) ?? 0) > now) return false;
      taken.set(name, until);
      return true;
    },
    giveBack: async (name, until) => {
      if (taken.get(name) === until) taken.delete(name);
    },
  };
};
