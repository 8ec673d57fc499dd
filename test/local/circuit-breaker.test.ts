import { beforeEach, describe, expect, test } from '@jest/globals';
import { type CircuitBreaker, circuitBreaker } from '../../lib/local/circuit-breaker.ts';
import { defaultPauses } from '../../lib/local/render-workers.ts';

let now: number;
let breaker: CircuitBreaker;
beforeEach(() => {
  now = 0;
  breaker = circuitBreaker(() => now, { firstMs: 100, longestMs: 1000, lookAgainMs: 7 });
});
/** Fails once more as the probe after a pause. */
const failAgain = () => {
  now += breaker.waitMs();
  expect(breaker.waitMs()).toBe(0);
  return breaker.failed();
};

describe('a circuit breaker', () => {
  test('lets all work pass while nothing fails', () => {
    for (let work = 0; work < 5; work++) expect(breaker.waitMs()).toBe(0);
  });

  test('pauses after trouble, twice as long each time, up to a limit', () => {
    expect([breaker.failed(), failAgain(), failAgain(), failAgain(), failAgain(), failAgain()]).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
  });

  test('lets one probe pass when the pause is over, and holds the others back', () => {
    breaker.failed();
    expect(breaker.waitMs()).toBe(100);
    now = 100;
    expect([breaker.waitMs(), breaker.waitMs(), breaker.waitMs()]).toEqual([0, 7, 7]);
  });

  test('lets all pass again when the probe went well, and begins anew with the shortest pause', () => {
    breaker.failed();
    failAgain();
    now += 200;
    expect(breaker.waitMs()).toBe(0);
    breaker.succeeded();
    expect([breaker.waitMs(), breaker.waitMs()]).toEqual([0, 0]);
    expect(breaker.failed()).toBe(100);
  });

  test('lets another probe pass when the one before found nothing to do', () => {
    breaker.failed();
    now = 100;
    expect(breaker.waitMs()).toBe(0);
    breaker.saidNothing();
    expect(breaker.waitMs()).toBe(0);
    expect(breaker.failed()).toBe(200);
  });

  test('counts work that was under way when the pause began as the same trouble', () => {
    breaker.failed();
    now = 40;
    expect(breaker.failed()).toBe(60);
    expect(breaker.waitMs()).toBe(60);
    now = 100;
    breaker.waitMs();
    expect(breaker.failed()).toBe(200);
  });
});

test('what is left of a pause is a whole number of milliseconds', () => {
  breaker.failed();
  now = 40.25;
  expect(breaker.failed()).toBe(60);
});

test('a pause can be ended, and the next failure pauses for longer all the same', () => {
  breaker.failed();
  breaker.probeNow();
  expect(breaker.waitMs()).toBe(0);
  expect(breaker.waitMs()).toBe(7);
  expect(breaker.failed()).toBe(200);
});

test('the renderers of a service pause for 250 ms first, and for five minutes in the end', () => {
  const lasting = circuitBreaker(() => now, defaultPauses);
  const pauses = Array.from({ length: 20 }, () => {
    const pauseMs = lasting.failed();
    now += pauseMs;
    expect(lasting.waitMs()).toBe(0);
    return pauseMs;
  });
  expect([pauses[0], pauses[1], pauses.at(-1)]).toEqual([250, 500, 300_000]);
});
