import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { idBytes, idFrom, idPattern } from '../../lib/core/ids.ts';

const random = fc.uint8Array({ minLength: idBytes, maxLength: idBytes });

describe('an image id', () => {
  test('is 26 letters and digits that no system mistakes, for any bytes', () => {
    fc.assert(fc.property(random, (bytes) => idPattern.test(idFrom(bytes))));
  });

  test('holds every one of the 128 bits: the bytes can be read back from it', () => {
    fc.assert(fc.property(random, (bytes) => expect(bytesOf(idFrom(bytes))).toEqual([...bytes])));
  });

  test('is another id when a single bit is flipped', () => {
    fc.assert(
      fc.property(random, fc.nat({ max: idBytes * 8 - 1 }), (bytes, bit) => {
        const flipped = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        return idFrom(flipped) !== idFrom(bytes);
      }),
    );
  });

  test.each([
    [new Uint8Array(16), 'aaaaaaaaaaaaaaaaaaaaaaaaaa'],
    [new Uint8Array(16).fill(255), 'h7777777777777777777777777'],
    [Uint8Array.of(128, ...Array(15).fill(0)), 'eaaaaaaaaaaaaaaaaaaaaaaaaa'],
    [Uint8Array.of(...Array(14).fill(0), 4, 33), 'aaaaaaaaaaaaaaaaaaaaaaabbb'],
  ])('made of %p is %s', (bytes, id) => expect(idFrom(bytes)).toBe(id));

  test.each([0, 15, 17, 32])('is not made of %d bytes', (length) => {
    expect(() => idFrom(new Uint8Array(length))).toThrow(RangeError);
  });
});

const bytesOf = (id: string) => {
  let bits = 0n;
  for (const letter of id) bits = bits * 32n + BigInt('abcdefghijklmnopqrstuvwxyz234567'.indexOf(letter));
  return Array.from({ length: idBytes }, (_, at) => Number((bits >> BigInt(8 * (idBytes - 1 - at))) & 255n));
};
