import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { explorePoints } from './crash-points.ts';
import { allKinds } from './faults.ts';
import { heldByUnitTests, mutants } from './mutants.ts';
import type { Recipe } from './shrink.ts';
import { tellStory } from './universe.ts';

const folder = join(import.meta.dirname, 'stories');
type Kept = Recipe & { readonly why: string };
const kept = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Kept);

describe('a simulated story', () => {
  test('is the same again from the same seed', async () => {
    const lines: string[][] = [[], []];
    const [first, second] = [
      await tellStory({ seed: 11, uploads: 15, tell: (line) => lines[0]?.push(line) }),
      await tellStory({ seed: 11, uploads: 15, tell: (line) => lines[1]?.push(line) }),
    ];
    expect(lines[0]).toEqual(lines[1]);
    expect(first).toEqual(second);
    expect((await tellStory({ seed: 12, uploads: 15 })).digest).not.toBe(first.digest);
  });

  test.each(['aws', 'box'] as const)('without faults makes every good picture of %s ready', async (home) => {
    const { broken, counts } = await tellStory({ seed: 3, uploads: 15, kinds: [], home });
    expect(broken).toBeUndefined();
    expect(counts.ready).toBeGreaterThan(5);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('keeps every promise with seed %i', async (seed) => {
    expect((await tellStory({ seed, uploads: 15 })).broken).toBeUndefined();
  });

  test.each(kept.map((one) => [one.why, one] as const))('that once broke a promise keeps it: %s', async (_, story) => {
    for (const kind of story.kinds) expect(allKinds).toContain(kind);
    expect((await tellStory(story)).broken).toBeUndefined();
  });
});

test('an upload keeps every promise at each of its crash points', async () => {
  const { points, broken } = await explorePoints(['upload'], [1]);
  expect(broken).toEqual([]);
  expect(points).toBeGreaterThan(150);
});

test('every planted fault fits the code as it is', () => {
  const root = join(import.meta.dirname, '../..');
  const lost = mutants.filter(({ file, find }) => !readFileSync(join(root, file), 'utf8').includes(find));
  expect(lost.map(({ file, find }) => `${file}: ${find}`)).toEqual([]);
});

test('what is left to unit tests is a planted fault, and its suite is there', () => {
  const root = join(import.meta.dirname, '../..');
  const wrong = heldByUnitTests.filter(
    ({ file, why, suite }) =>
      !existsSync(join(root, suite)) || !mutants.some((mutant) => mutant.file === file && mutant.why === why),
  );
  expect(wrong).toEqual([]);
});
