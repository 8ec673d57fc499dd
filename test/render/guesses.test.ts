import { describe, expect, test } from '@jest/globals';
import type { Encoding } from '../../lib/core/plan.ts';
import { guesses } from '../../lib/render/guesses.ts';

const range = { from: 45, to: 55, score: 70 };
const encoding = (width: number, more: Partial<Encoding> = {}): Encoding => ({
  picture: { width, height: width, fit: 'inside', position: 'centre' },
  format: 'avif',
  animated: false,
  quality: range,
  names: [`${width}w`],
  ...more,
});
const [tiny, small, middle, large] = [encoding(64), encoding(256), encoding(500), encoding(1280)];

describe('a search begins', () => {
  test('in the middle of the range where nothing is known yet', async () => {
    const search = guesses([large, middle, small, tiny]);
    expect(await search.before(tiny)).toBe(50);
    expect(await search.before(small)).toBe(50);
  });

  test('at what the next smaller probe needed', async () => {
    const search = guesses([large, middle, small, tiny]);
    const [guessOfMiddle, guessOfLarge] = [search.before(middle), search.before(large)];
    search.learn(small, Promise.resolve({ quality: 50, score: 66.6 }));
    expect(await guessOfMiddle).toBe(54);
    search.learn(middle, Promise.resolve({ quality: 54, score: 71.7 }));
    expect(await guessOfLarge).toBe(52);
  });

  test('at the quality that the preset names, without waiting', async () => {
    expect(await guesses([encoding(1280, { quality: 60 }), small]).before(encoding(1280, { quality: 60 }))).toBe(60);
  });

  test('in the middle for an animation, which is not searched', async () => {
    const animation = encoding(1280, { format: 'webp', animated: true });
    expect(await guesses([animation]).before(animation)).toBe(50);
  });

  test('in the middle for an animation also beside a smaller one, which tells nothing', async () => {
    const moving = (width: number) => encoding(width, { format: 'webp', animated: true });
    const [first, second] = [moving(256), moving(1280)];
    const search = guesses([second, first]);
    search.learn(first, Promise.resolve({ quality: 54, score: 50 }));
    expect(await search.before(second)).toBe(50);
    expect(search.probeOf(second)).toBeUndefined();
    expect([first, second].map(search.turnOf)).toEqual([2, 2]);
  });

  test('with the trouble of the probe where that had trouble', async () => {
    const search = guesses([large, middle, small]);
    const guess = search.before(large);
    search.learn(middle, Promise.reject(new Error('no room')));
    await expect(guess).rejects.toThrow('no room');
  });
});

test.each([
  { encodings: [large, middle, small, tiny], turns: [2, 1, 0, 0] },
  { encodings: [large, encoding(960)], turns: [2, 2] },
  { encodings: [large, small], turns: [2, 0] },
  { encodings: [middle], turns: [1] },
])('what the others wait for comes before them: $turns', async ({ encodings, turns }) => {
  const search = guesses(encodings);
  expect(encodings.map(search.turnOf)).toEqual(turns);
  const inTurn = encodings.toSorted((a, b) => search.turnOf(a) - search.turnOf(b));
  for (const each of inTurn) {
    const quality = await search.before(each);
    search.learn(each, Promise.resolve({ quality, score: 70 }));
  }
});
