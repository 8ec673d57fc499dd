import type { Contender } from './contender.ts';

/** Loaded one by one, each in a process of its own: ours locks sharp down, the usual code must find it as it comes. */
const compared = {
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

export const contenders = {
  ...compared,
  'darkroom, six large sizes': async () => (await import('./darkroom.ts')).darkroomSixLarge,
} as const satisfies Record<string, () => Promise<Contender>>;

export type ContenderName = keyof typeof compared;
export type MeasuredName = keyof typeof contenders;
