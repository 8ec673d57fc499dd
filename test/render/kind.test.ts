import { expect, test } from '@jest/globals';
import { texture } from '../../lib/render/kind.ts';

/** Greys of a picture, each level in three channels. */
const pictureOf = (width: number, height: number, level: (x: number, y: number) => number) => {
  const data = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++)
    data.fill(level(pixel % width, Math.floor(pixel / width)), 3 * pixel, 3 * pixel + 3);
  return { data, width, height, channels: 3, frames: 1 } as const;
};

test('a pixel is flat if all of its four neighbours equal it: one dot takes five pixels out of their area', () => {
  const dotted = pictureOf(8, 6, (x, y) => (x === 4 && y === 2 ? 140 : 100));
  expect(texture(dotted)).toEqual({ flat: 19 / 24, soft: 0 });
});

test('an area of one colour is all flat, and so is a picture that has no inside', () => {
  expect(texture(pictureOf(8, 6, () => 100))).toEqual({ flat: 1, soft: 0 });
  expect(texture(pictureOf(2, 2, () => 100))).toEqual({ flat: 1, soft: 0 });
});

test.each([
  ['a line that is much lighter', 60, 0],
  ['a line that is a little lighter', 10, 1],
  ['a line that is hardly lighter, which is noise', 1, 0],
  ['a line that is neither much nor a little lighter', 40, 0],
])('%s bends the brightness abruptly, gently or not at all, in either direction', (_, by, soft) => {
  const across = pictureOf(9, 9, (x) => (x === 4 ? 100 + by : 100));
  const along = pictureOf(9, 9, (_x, y) => (y === 4 ? 100 + by : 100));
  expect([texture(across).soft, texture(along).soft]).toEqual([soft, soft]);
});

test('of a tall picture some rows are looked at, evenly spread', () => {
  const striped = pictureOf(4, 1202, (_x, y) => (y % 4 === 2 ? 200 : 100));
  // Every fourth row from the second on: each has the light row below it.
  expect(texture(striped).flat).toBe(0);
});
