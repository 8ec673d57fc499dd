import { expect, test } from '@jest/globals';
import { areOrphans } from '../../lib/core/brake.ts';
import { defineConfig } from '../../lib/core/config.ts';

const { retention } = defineConfig();

test.each([
  ['a store where everything is known', 500, 0, true],
  ['an empty store', 0, 0, true],
  ['one orphan beside one image', 2, 1, true],
  ['one orphan and an empty catalogue', 1, 1, false],
  ['three orphans in a small store', 50, 3, true],
  ['four orphans in a small store, one in twelve', 50, 4, false],
  ['three orphans beside two images', 5, 3, false],
  ['one image in a hundred', 5000, 50, true],
  ['a little more than one image in a hundred', 5000, 51, false],
  ['a hundred orphans among very many images', 3_000_000, 100, true],
  ['a restored catalogue that lacks the last day of three years', 3_000_000, 2800, false],
  ['a replaced catalogue in front of a small store', 50, 50, false],
  ['a replaced catalogue to which new images have come', 60, 50, false],
  ['a replaced catalogue in front of a large store', 3_000_000, 3_000_000, false],
])('%s (%i images, %i unknown): an audit goes on: %s', (_, images, unknown, expected) => {
  expect(areOrphans({ images, unknown }, retention)).toBe(expected);
});

test('how many orphans are too many is a setting', () => {
  const strict = { orphanImages: 1, orphanShare: 0.01 };
  expect(areOrphans({ images: 50, unknown: 2 }, strict)).toBe(false);
  const generous = { orphanImages: 1_000_000, orphanShare: 0.5 };
  expect(areOrphans({ images: 1000, unknown: 500 }, generous)).toBe(true);
});
