import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkerboard } from '../../lib/render/checkerboard.ts';

test('a small picture is looked at as a whole', () => {
  const data = new Uint8Array(640 * 480 * 3);
  const look = checkerboard(640, 480);
  expect([look.width, look.height]).toEqual([640, 480]);
  expect(look.take(data, 3)).toBe(data);
});

test('of a large picture about half is looked at, in squares from everywhere', () => {
  const [width, height] = [1280, 853];
  // Every pixel says in which square of 128 pixels it lies.
  const data = Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return y < 42 || y >= 42 + 6 * 128 ? 255 : Math.floor((y - 42) / 128) * 10 + Math.floor(x / 128);
  });
  const look = checkerboard(width, height);
  const taken = look.take(data, 1);
  expect(taken).toHaveLength(look.width * look.height);
  expect(taken.length / (width * height)).toBeGreaterThan(0.3);
  const squares = new Set(taken);
  expect(squares.size).toBe(taken.length / 128 ** 2);
  expect(new Set([...squares].map((at) => at % 10)).size).toBeGreaterThanOrEqual(9);
  expect(new Set([...squares].map((at) => Math.floor(at / 10))).size).toBeGreaterThanOrEqual(5);
});

test('however large or long a picture is, what is looked at lies within it and is bounded', () => {
  const side = fc.integer({ min: 1, max: 16_383 });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const look = checkerboard(width, height);
      expect(look.width * look.height).toBeGreaterThan(0);
      expect(look.width * look.height).toBeLessThanOrEqual(Math.min(width * height, 1_000_000));
    }),
    { examples: [[138, 16_305]] },
  );
});
