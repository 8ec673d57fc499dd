import { beforeEach, describe, expect, test } from '@jest/globals';
import { type DeathWatch, deathWatch } from '../../lib/local/death-watch.ts';

let watch: DeathWatch;
beforeEach(() => {
  watch = deathWatch();
});
const [a, b] = [
  { id: 'a', version: 1 },
  { id: 'b', version: 1 },
];
const picture = { blame: 'picture', forgiven: [] };

describe('a death', () => {
  test('is the picture’s while only one picture’s renderers die', () => {
    expect([watch.died(1, [a]), watch.died(1, [a]), watch.died(1, [a])]).toEqual([picture, picture, picture]);
  });

  test('is the machine’s when the renderer of another picture dies as well, and the deaths before are forgiven', () => {
    watch.died(1, [a]);
    watch.died(1, [a]);
    expect(watch.died(2, [b])).toEqual({ blame: 'machine', forgiven: [a, a] });
    expect(watch.died(1, [a])).toEqual({ blame: 'machine', forgiven: [] });
  });

  test('is the picture’s again when a render came through in between', () => {
    watch.died(1, [a]);
    watch.cameThrough();
    expect(watch.died(2, [b])).toEqual(picture);
    watch.died(1, [a]);
    watch.cameThrough();
    expect(watch.died(1, [a])).toEqual(picture);
  });
});
