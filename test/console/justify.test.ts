import { expect, test } from '@jest/globals';
import { justify, rowsBetween } from '../../lib/console/justify.ts';

const wall = { width: 1000, rowHeight: 200, gap: 4 };

test('each full row is as wide as the wall, and its pictures keep their shapes', () => {
  const ratios = Array.from({ length: 500 }, (_, at) => 0.5 + ((at * 7) % 26) / 10);
  const rows = justify(ratios, wall);
  for (const { from, to, height } of rows.slice(0, -1)) {
    const width = ratios.slice(from, to).reduce((sum, ratio) => sum + ratio * height, wall.gap * (to - from - 1));
    expect(width).toBeCloseTo(wall.width);
    expect(height).toBeLessThanOrEqual(wall.rowHeight);
  }
  expect(rows.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at))).toEqual([
    ...ratios.keys(),
  ]);
});

test('the pictures of the last row are no larger than the others', () => {
  expect(justify([1], wall)).toEqual([{ top: 0, height: 200, from: 0, to: 1 }]);
  const [first, last] = justify([3, 3, 1], wall);
  expect(first?.height).toBeLessThan(200);
  expect(last?.height).toBe(first?.height);
});

test('rows lie below each other, a gap apart', () => {
  const rows = justify([3, 3, 3, 3, 3], wall);
  expect(rows.map(({ top }) => top)).toEqual(
    rows.map((_, at) => rows.slice(0, at).reduce((sum, { height }) => sum + height + wall.gap, 0)),
  );
});

test('nothing makes no row', () => {
  expect(justify([], wall)).toEqual([]);
  expect(rowsBetween([], 0, 1000)).toEqual([0, 0]);
});

test.each([
  [0, 200, [0, 1]],
  [0, 201, [0, 1]],
  [0, 205, [0, 2]],
  [200, 203, [1, 1]],
  [199, 500, [0, 3]],
  [5000, 6000, [4, 4]],
  [-500, -1, [0, 0]],
])('the rows between %i and %i are %j', (from, to, expected) => {
  const rows = [0, 1, 2, 3].map((at) => ({ top: at * 204, height: 200, from: at, to: at + 1 }));
  expect(rowsBetween(rows, from, to)).toEqual(expected);
});
