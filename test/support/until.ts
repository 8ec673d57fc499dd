import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for what has to come sooner or later, and resolves to it. The limit only gives a wait that is in vain a sentence;
 * it is no promise about speed, and no machine that gets anywhere comes near it.
 */
export const until = async <Found>(
  look: () => Found | Promise<Found>,
  complaint: () => string = () => 'waited in vain',
  limitMs = 600_000,
): Promise<Exclude<Found, false | undefined>> => {
  for (const began = performance.now(); ; await sleep(10)) {
    const found = await look();
    if (found !== false && found !== undefined) return found as Exclude<Found, false | undefined>;
    if (performance.now() - began > limitMs) throw new Error(complaint());
  }
};
