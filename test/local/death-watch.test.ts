import { beforeEach, describe, expect, test } from '@jest/globals';
import { type DeathWatch, deathWatch } from '../../lib/local/death-watch.ts';

let watch: DeathWatch;
beforeEach(() => {
  watch = deathWatch();
});
const picture = { blame: 'picture', forgiven: [] };

describe('a death', () => {
  test('is the picture’s while only one picture’s renderers die', () => {
    expect([watch.died('a'), watch.died('a'), watch.died('a')]).toEqual([picture, picture, picture]);
  });

  test('is the machine’s when the renderer of another picture dies as well, and the deaths before are forgiven', () => {
    watch.died('a');
    watch.died('a');
    expect(watch.died('b')).toEqual({ blame: 'machine', forgiven: ['a', 'a'] });
    expect(watch.died('a')).toEqual({ blame: 'machine', forgiven: [] });
  });

  test('is the picture’s again when a render came through in between', () => {
    watch.died('a');
    watch.cameThrough();
    expect(watch.died('b')).toEqual(picture);
    watch.died('a');
    watch.cameThrough();
    expect(watch.died('a')).toEqual(picture);
  });
});
