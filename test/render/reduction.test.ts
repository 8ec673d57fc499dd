import { expect, test } from '@jest/globals';
import { reduction } from '../../lib/render/reduction.ts';

test.each([
  ['jpeg', 6000, 1280, 3],
  ['jpeg', 4000, 1280, 3.125],
  ['jpeg', 6656, 1280, 5.2],
  ['jpeg', 10_000, 1280, 5],
  ['jpeg', 10_000, 800, 9],
  ['jpeg', 3000, 1280, 1],
  ['png', 6000, 1280, 6000 / 1280 / 2],
  ['png', 3000, 1280, 1],
  ['webp', 6000, 1280, 6000 / 1280 / 2],
] as const)('%s of %i pixels for a variant of %i is decoded at 1/%d', (format, width, largest, divisor) => {
  expect(reduction(format, width, 1000, largest / width).divisor).toBeCloseTo(divisor);
});

test.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)(
  '%s is never decoded smaller than its largest variant',
  (format) => {
    for (let width = 100; width <= 10_000; width += 137)
      for (const largest of [64, 320, 1280, 2000].filter((side) => side <= width))
        expect(Math.round(width / reduction(format, width, width, largest / width).divisor)).toBeGreaterThanOrEqual(
          largest,
        );
  },
);

test('only a WebP that would not fit in memory is scaled by its own decoder', () => {
  expect(reduction('webp', 6000, 6000, 0.2).fastShrinkOnLoad).toBe(false);
  expect(reduction('webp', 10_000, 10_000, 0.128).fastShrinkOnLoad).toBe(true);
});
