import { expect, test } from '@jest/globals';
import type { Kind } from '../../lib/core/formats.ts';
import type { Encoding } from '../../lib/core/plan.ts';
import { encoderFor } from '../../lib/render/encoder-settings.ts';

const effortOf = (side: number, kind: Kind, transparent: boolean, frames = 1) => {
  const picture = { width: side, height: side, fit: 'inside', position: 'centre' } as const;
  const encoding: Encoding = { picture, format: 'webp', quality: 80, names: ['a'], animated: frames > 1 };
  return encoderFor(encoding, { kind, transparent }, {}, frames).effort;
};

// The alpha channel of a WebP takes up to a hundred times the CPU at effort 6.
test.each<[Kind, boolean, side: number, frames: number, effort: number]>([
  ['photo', false, 300, 1, 6],
  ['transparent', true, 300, 1, 5],
  ['animated', true, 100, 10, 5],
  ['animated', false, 100, 10, 6],
  ['photo', false, 1000, 1, 4],
  ['transparent', true, 1000, 1, 4],
  ['animated', true, 1000, 20, 2],
])('a WebP of a picture that is %s (transparent: %s), %i pixels wide, of %i frames has effort %i', (...row) => {
  const [kind, transparent, side, frames, effort] = row;
  expect(effortOf(side, kind, transparent, frames)).toBe(effort);
});
