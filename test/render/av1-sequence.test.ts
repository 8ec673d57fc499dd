import { expect, test } from '@jest/globals';
import { rangeOf } from '../../lib/render/structure/av1-sequence.ts';

type Field = readonly [value: number, bits: number];

/** What only the whole header has: before the size, and after it. A stream of pictures needs it, and a still one may have it. */
const whole: Readonly<Record<'before' | 'after', readonly Field[]>> = {
  before: [
    [0, 1],
    [1, 1],
    [1, 5],
    [0, 12],
    [8, 5],
    [1, 1],
    [1, 1],
    [9, 4],
    [0, 12],
    [7, 5],
    [0, 1],
  ],
  after: [
    [15, 4],
    [1, 1],
    [3, 2],
    [1, 1],
    [0, 1],
    [1, 1],
    [7, 3],
  ],
};

/** A sequence header of a picture of 256×160 greys, bit by bit (section 5.5 of the AV1 specification). */
const header = (range: 0 | 1, described: boolean, isReduced = true): Buffer => {
  const fields: readonly Field[] = [
    [0, 3],
    [1, 1],
    [isReduced ? 1 : 0, 1],
    ...(isReduced ? ([[0, 5]] as const) : whole.before),
    [7, 4],
    [7, 4],
    [255, 8],
    [159, 8],
    ...(isReduced
      ? []
      : ([
          [1, 1],
          [93, 7],
        ] as const)),
    [0, 3],
    ...(isReduced ? [] : whole.after),
    [0, 3],
    [0, 1],
    [1, 1],
    ...(described
      ? ([
          [1, 1],
          [1, 8],
          [13, 8],
          [6, 8],
        ] as const)
      : ([[0, 1]] as const)),
    [range, 1],
    [0, 3],
  ];
  const bits = fields.map(([value, count]) => value.toString(2).padStart(count, '0')).join('');
  const bytes = bits.match(/.{1,8}/g)?.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)) ?? [];
  return Buffer.from([0x0a, bytes.length, ...bytes]);
};

test.each([false, true])('the range of an AV1 stream is read, with a colour description: %s', (described) => {
  expect(rangeOf(header(1, described))).toBe('full');
  expect(rangeOf(header(0, described))).toBe('limited');
});

test.each([false, true])('so is that of a whole header, with a colour description: %s', (described) => {
  expect(rangeOf(header(1, described, false))).toBe('full');
  expect(rangeOf(header(0, described, false))).toBe('limited');
});

test('a temporal delimiter before the sequence header is passed over', () => {
  expect(rangeOf(Buffer.concat([Buffer.of(0x12, 0), header(1, true)]))).toBe('full');
});

test('what is no sequence header names no range', () => {
  expect(rangeOf(Buffer.alloc(0))).toBeUndefined();
  expect(rangeOf(Buffer.from('Exif'))).toBeUndefined();
});
