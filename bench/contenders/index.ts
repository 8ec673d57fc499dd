import type { Contender } from './contender.ts';

/** Loaded one by one, each in a process of its own: ours locks sharp down, the usual code must find it as it comes. */
export const contenders = {
  darkroom: async () => (await import('./darkroom.ts')).darkroom,
  usual: async () => (await import('./usual.ts')).usual,
  'usual, our settings': async () => {
    const [{ usualWithOurSettings }, { settingsOfOurs }] = await Promise.all([
      import('./usual.ts'),
      import('./ours.ts'),
    ]);
    return usualWithOurSettings(settingsOfOurs);
  },
  limit: async () => (await import('./limit.ts')).limit,
} as const satisfies Record<string, () => Promise<Contender>>;

export type ContenderName = keyof typeof contenders;
