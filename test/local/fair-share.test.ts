import { describe, expect, test } from '@jest/globals';
import { fairShare } from '../../lib/local/fair-share.ts';

const [small, large] = [0, 100];

describe('with several renderers', () => {
  test('one is always left to smaller pictures', () => {
    const share = fairShare(3, 50, () => false);
    expect([share.begin('a', large), share.begin('b', large), share.begin('c', large)]).toEqual([true, true, false]);
    expect(share.begin('photo', small)).toBe(true);
  });

  test('a large animation that waits is not even tried until another one has ended', () => {
    const share = fairShare(2, 50, () => false);
    expect([share.begin('a', large), share.begin('b', large)]).toEqual([true, false]);
    expect(share.mayTry('b')).toBe(false);
    share.ended('a');
    expect(share.mayTry('b')).toBe(true);
    expect(share.begin('b', large)).toBe(true);
  });
});

describe('with one renderer', () => {
  test('a large animation lets uploads pass that wait beside it, once', () => {
    const share = fairShare(1, 50, () => true);
    expect(share.begin('a', large)).toBe(false);
    expect(share.mayTry('a')).toBe(true);
    expect(share.begin('a', large)).toBe(true);
  });

  test('a large animation begins at once when nothing else waits', () => {
    expect(fairShare(1, 50, () => false).begin('a', large)).toBe(true);
  });
});
