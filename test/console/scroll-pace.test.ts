import { describe, expect, test } from '@jest/globals';
import { scrollPace } from '../../lib/console/scroll-pace.ts';

const windowHeight = 900;
const frameMs = 16;

describe('a scroll', () => {
  test.each([
    ['stands', 0, false],
    ['is read along', 10, false],
    ['goes on at nearly one window a second', 14, false],
    ['flies down', 60, true],
    ['flies up', -60, true],
  ])('that %s, %d pixels a frame, is too fast for pictures: %s', (_name, pixels, expected) => {
    const isTooFast = scrollPace(5000, 0);
    const frames = Array.from({ length: 5 }, (_, frame) =>
      isTooFast(5000 + pixels * (frame + 1), windowHeight, frameMs * (frame + 1)),
    );
    expect(frames).toEqual(Array(5).fill(expected));
  });

  test('is measured from the frame before, so it may slow down and begin again', () => {
    const isTooFast = scrollPace(0, 0);
    expect([
      isTooFast(600, windowHeight, 16),
      isTooFast(605, windowHeight, 32),
      isTooFast(1205, windowHeight, 48),
      isTooFast(1805, windowHeight, 5000),
    ]).toEqual([true, false, true, false]);
  });
});
