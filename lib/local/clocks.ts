import type { Clock } from '../ports.ts';

/** Milliseconds that have passed since some moment, by a counter that no adjustment of the clock moves. */
export type Elapsed = () => number;

/**
 * Three clocks beside the one of the machine, which may be adjusted at any moment by any amount, and which jumps forward when
 * the machine wakes up. docs/decisions.md#adjusted-clock
 */
export type Clocks = {
  /** Begins with the clock of the machine and then only counts: for what one run of the service waits for. */
  readonly steady: Clock;
  /** Follows a clock that is set forward, and goes on counting when it is set back: for what is due by stored times. */
  readonly forward: Clock;
  /** Follows a clock that is set forward only after a delay: for what has to be given up at a stored time. */
  readonly late: Clock;
};

export const clocksBeside = (clock: Clock, elapsed: Elapsed, delayMs = 2 * 3600_000): Clocks => {
  const beganAt = clock.now() - elapsed();
  const steady = { now: () => Math.round(beganAt + elapsed()) };
  return { steady, forward: forwardClock(clock, steady), late: lateClock(clock, steady, delayMs) };
};

const forwardClock = (clock: Clock, steady: Clock): Clock => {
  let ahead = 0;
  return {
    now: () => {
      const counted = steady.now();
      ahead = Math.max(ahead, clock.now() - counted);
      return counted + ahead;
    },
  };
};

/** Smaller differences are corrections of a clock that runs too fast or too slowly. */
const jumpMs = 60_000;

const lateClock = (clock: Clock, steady: Clock, delayMs: number): Clock => {
  let ahead = 0;
  let jumpedAt: number | undefined;
  return {
    now: () => {
      const counted = steady.now();
      const present = clock.now() - counted;
      if (present <= ahead + jumpMs || counted - (jumpedAt ?? counted) >= delayMs) {
        ahead = present;
        jumpedAt = undefined;
      } else jumpedAt ??= counted;
      return counted + ahead;
    },
  };
};
