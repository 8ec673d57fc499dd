// What the suites import from `@jest/globals`: the same functions, in a plain process.

import { mock } from 'node:test';

export { expect } from 'expect';
export { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'jest-circus';

/** What the suites use of Jest's own clock. */
export const jest = {
  useFakeTimers: () => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.now() }),
  useRealTimers: () => mock.timers.reset(),
  advanceTimersByTime: (ms: number) => mock.timers.tick(ms),
};
