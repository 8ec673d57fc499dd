import { describe, expect, test } from '@jest/globals';
import { bearerKey, findKey, hashOfKey, isKnownKey } from '../../lib/core/api-keys.ts';

describe('A stored key', () => {
  const limited = { sha256: hashOfKey('limited'), rights: ['upload'], collections: ['shop-'] } as const;
  const stored = [hashOfKey('full'), limited];

  test('may do everything when it is a hash alone', () => {
    expect(findKey(stored, 'full')).toEqual({});
  });
  test('may do what stands beside its hash', () => {
    expect(findKey(stored, 'limited')).toEqual({ grant: { rights: ['upload'], collections: ['shop-'] } });
  });
  test('is not found by another key, nor by its own hash', () => {
    expect(findKey(stored, 'other')).toBeUndefined();
    expect(findKey(stored, limited.sha256)).toBeUndefined();
  });
});

describe('A key', () => {
  const hashes = [hashOfKey('old'), hashOfKey('new').toUpperCase()];

  test.each(['old', 'new'])('is known while its hash is kept: %s', (key) => {
    expect(isKnownKey(hashes, key)).toBe(true);
  });

  test.each(['', 'ol', 'old ', 'OLD', hashes[0] ?? ''])('is not known otherwise: %j', (key) => {
    expect(isKnownKey(hashes, key)).toBe(false);
  });

  test('is not known by hashes that are none', () => {
    expect(isKnownKey([], 'old')).toBe(false);
    expect(isKnownKey(['', 'zz', hashOfKey('old').slice(2)], 'old')).toBe(false);
  });

  test('is kept as its SHA-256', () => {
    expect(hashOfKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc ', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('comes in the header %j as %j', (header, key) => {
    expect(bearerKey(header)).toBe(key);
  });
});
