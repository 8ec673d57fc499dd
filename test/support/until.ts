import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for what has to come sooner or later, and resolves to it. The limit only gives a wait that is in vain a sentence;
 * it is no promise about speed, and no machine that gets anywhere comes near it. The pauses grow up to `mostPauseMs`: small
 * for what is there for a moment only.
 */
export const until = async <Found>(
  look: () => Found | Promise<Found>,
  complaint: () => string = () => 'waited in vain',
  { limitMs = 600_000, mostPauseMs = 100 }: { readonly limitMs?: number; readonly mostPauseMs?: number } = {},
): Promise<Exclude<Found, false | undefined>> => {
  let pauseMs = 10;
  for (const began = performance.now(); ; await sleep(pauseMs), pauseMs = Math.min(1.3 * pauseMs, mostPauseMs)) {
    const found = await look();
    if (found !== false && found !== undefined) return found as Exclude<Found, false | undefined>;
    if (performance.now() - began > limitMs) throw new Error(complaint());
  }
};
