import { expect, test } from '@jest/globals';
import { smallerSides } from '../../../lib/client/element/smaller-sides.ts';

const least = { width: 100, height: 60 };

test.each([
  ['900 × 600', 450, '450 × 300'],
  ['600 × 900', 450, '300 × 450'],
  ['8000 × 400', 1600, '1600 × 80'],
  ['8000 × 200', 1600, '2400 × 60'],
  ['400 × 8000', 1600, '100 × 2000'],
  ['7919 × 401', 10, '1185 × 60'],
  ['450 × 300', 450, 'as it is'],
  ['300 × 200', 450, 'as it is'],
  ['8000 × 60', 1600, 'as it is'],
  ['8000 × 40', 1600, 'as it is'],
])('%s with a longer side of at most %i, and sides of at least 100 × 60, becomes %s', (whole, maxSide, expected) => {
  const [width = 0, height = 0] = whole.split(' × ').map(Number);
  const small = smallerSides({ width, height }, maxSide, least);
  expect(small ? `${small.width} × ${small.height}` : 'as it is').toBe(expected);
});

test('no side comes out below the least by the way that numbers are rounded', () => {
  for (let width = 101; width < 9000; width += 7)
    for (const height of [61, 97, 401, 1013]) {
      const small = smallerSides({ width, height }, 1, least);
      if (small) expect(small.width >= 100 && small.height >= 60).toBe(true);
    }
});

test('where the service takes any side, a picture still has a pixel', () => {
  expect(smallerSides({ width: 9000, height: 2 }, 90, { width: 0, height: 0 })).toEqual({ width: 90, height: 1 });
});
