import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Clocks, clocksBeside } from '../../lib/local/clocks.ts';

const hourMs = 3600_000;
const began = 1_790_000_000_000;
let wall: number;
let counted: number;
let clocks: Clocks;

beforeEach(() => {
  wall = began;
  counted = 500;
  clocks = clocksBeside({ now: () => wall }, () => counted, 2 * hourMs);
});

const pass = (ms: number): void => {
  wall += ms;
  counted += ms;
};
const sinceBegin = () => {
  const { steady, forward, late } = clocks;
  return { steady: steady.now() - began, forward: forward.now() - began, late: late.now() - began };
};

describe('clocks beside the one of the machine', () => {
  test('agree with it while it is not adjusted', () => {
    expect(sinceBegin()).toEqual({ steady: 0, forward: 0, late: 0 });
    pass(5 * hourMs);
    expect(sinceBegin()).toEqual({ steady: 5 * hourMs, forward: 5 * hourMs, late: 5 * hourMs });
  });

  test('follow it forward never, at once, and after a delay', () => {
    sinceBegin();
    wall += 3 * hourMs;
    expect(sinceBegin()).toEqual({ steady: 0, forward: 3 * hourMs, late: 0 });
    pass(2 * hourMs - 1);
    expect(sinceBegin()).toMatchObject({ late: 2 * hourMs - 1 });
    pass(1);
    expect(sinceBegin()).toEqual({ steady: 2 * hourMs, forward: 5 * hourMs, late: 5 * hourMs });
  });

  test('follow it back never, never, and at once', () => {
    sinceBegin();
    wall -= 3 * hourMs;
    expect(sinceBegin()).toEqual({ steady: 0, forward: 0, late: -3 * hourMs });
    pass(1000);
    expect(sinceBegin()).toEqual({ steady: 1000, forward: 1000, late: 1000 - 3 * hourMs });
  });

  test('take a jump forward that is taken back within the delay as none', () => {
    wall += 3 * hourMs;
    sinceBegin();
    pass(hourMs);
    wall -= 3 * hourMs;
    sinceBegin();
    pass(hourMs);
    expect(sinceBegin()).toEqual({ steady: 2 * hourMs, forward: 5 * hourMs, late: 2 * hourMs });
    wall += 3 * hourMs;
    expect(sinceBegin()).toMatchObject({ late: 2 * hourMs });
  });

  test.each([10_000, 60_000])('follow a correction of up to a minute at once, such as %i ms', (ms) => {
    wall += ms;
    expect(sinceBegin()).toEqual({ steady: 0, forward: ms, late: ms });
  });

  test('take a millisecond more than a minute for a jump', () => {
    wall += 60_001;
    expect(sinceBegin()).toEqual({ steady: 0, forward: 60_001, late: 0 });
  });
});
