import { describe, expect, test } from '@jest/globals';
import { distanceOf, isSamePicture } from '../../lib/render/cells.ts';

const filled = (width: number, height: number, level: (x: number, y: number) => number): Uint8Array =>
  Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return level(pixel % width, Math.floor(pixel / width));
  });

const grey = (width: number, height: number) => filled(width, height, () => 100);

describe('The distance of two pictures', () => {
  test.each([
    { width: 320, height: 160 },
    { width: 37, height: 21 },
    { width: 1000, height: 1 },
    { width: 1, height: 1 },
  ])('is how far the mean colours are apart, in a picture of $width×$height', ({ width, height }) => {
    const other = filled(width, height, () => 107);
    expect(distanceOf(grey(width, height), other, width, height)).toEqual({ worst: 7, mean: 7 });
  });

  test('is 0 where a change evens out in each cell', () => {
    const checked = filled(64, 64, (x, y) => ((x + y) % 2 === 0 ? 60 : 140));
    expect(distanceOf(grey(64, 64), checked, 64, 64)).toEqual({ worst: 0, mean: 0 });
  });

  test('is largest in the cell that differs, and its mean is over all cells', () => {
    // 37×21 has 5×3 cells, of which the last is 5×5 pixels.
    const damaged = filled(37, 21, (x, y) => (x >= 32 && y >= 16 ? 220 : 100));
    const { worst, mean } = distanceOf(grey(37, 21), damaged, 37, 21);
    expect(worst).toBe(120);
    expect(mean).toBeCloseTo(120 / 15);
    expect(isSamePicture({ worst, mean })).toBe(false);
  });

  test.each([
    [{ worst: 96, mean: 20 }, true],
    [{ worst: 97, mean: 20 }, false],
    [{ worst: 96, mean: 20.1 }, false],
  ])('tells another picture by one cell that is far off, and by many that are a little off: %j', (distance, is) => {
    expect(isSamePicture(distance)).toBe(is);
  });

  test('counts each channel by itself', () => {
    const red = grey(16, 16).map((level, at) => (at % 3 === 0 ? level + 30 : level));
    expect(distanceOf(grey(16, 16), red, 16, 16)).toEqual({ worst: 30, mean: 10 });
  });
});
