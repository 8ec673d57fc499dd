import { describe, expect, test } from '@jest/globals';
import { turns } from '../../lib/local/turns.ts';

const [small, large] = [0, 100];

describe('with several renderers', () => {
  test('one is always left to smaller pictures', () => {
    const turn = turns(3, 50, () => false);
    expect([turn.begin('a', large), turn.begin('b', large), turn.begin('c', large)]).toEqual([true, true, false]);
    expect(turn.begin('photo', small)).toBe(true);
  });

  test('a large animation that waits is not even tried until another one has ended', () => {
    const turn = turns(2, 50, () => false);
    expect([turn.begin('a', large), turn.begin('b', large)]).toEqual([true, false]);
    expect(turn.mayTry('b')).toBe(false);
    turn.ended('a');
    expect(turn.mayTry('b')).toBe(true);
    expect(turn.begin('b', large)).toBe(true);
  });
});

describe('with one renderer', () => {
  test('a large animation lets uploads pass that wait beside it, once', () => {
    const turn = turns(1, 50, () => true);
    expect(turn.begin('a', large)).toBe(false);
    expect(turn.mayTry('a')).toBe(true);
    expect(turn.begin('a', large)).toBe(true);
  });

  test('a large animation begins at once when nothing else waits', () => {
    expect(turns(1, 50, () => false).begin('a', large)).toBe(true);
  });
});
