/**
 * A circuit breaker: while work fails for reasons of the machine, it pauses, twice as long each time. After each pause
 * one piece of work is a probe; if it succeeds, all work goes on.
 */
export type CircuitBreaker = {
  /** How long to wait before work; 0 when it may be done now. Each 0 is followed by `failed`, `succeeded` or `saidNothing`. */
  waitMs(): number;
  /** Trouble; answers with how long the pause is, in whole milliseconds, which a queue can store. */
  failed(): number;
  succeeded(): void;
  /** There was nothing to do, or the work says nothing about the machine. */
  saidNothing(): void;
  /** Ends the pause, because there is other work to probe with. */
  probeNow(): void;
};

export type Pauses = { readonly firstMs: number; readonly longestMs: number; readonly lookAgainMs: number };

/** `now` counts milliseconds and is never set back. */
export const circuitBreaker = (now: () => number, { firstMs, longestMs, lookAgainMs }: Pauses): CircuitBreaker => {
  let failures = 0;
  let closedUntil = Number.NEGATIVE_INFINITY;
  let isProbing = false;

  return {
    waitMs: () => {
      if (failures === 0) return 0;
      const left = closedUntil - now();
      if (left > 0) return left;
      if (isProbing) return lookAgainMs;
      isProbing = true;
      return 0;
    },
    failed: () => {
      // Work that was under way when the pause began fails for the same reason, and does not prolong it.
      if (failures > 0 && !isProbing) return Math.max(0, Math.ceil(closedUntil - now()));
      isProbing = false;
      const pauseMs = Math.min(firstMs * 2 ** failures, longestMs);
      failures++;
      closedUntil = now() + pauseMs;
      return pauseMs;
    },
    succeeded: () => {
      failures = 0;
      isProbing = false;
    },
    saidNothing: () => {
      isProbing = false;
    },
    probeNow: () => {
      closedUntil = Number.NEGATIVE_INFINITY;
    },
  };
};
