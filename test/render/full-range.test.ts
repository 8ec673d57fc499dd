import { expect, test } from '@jest/globals';
import { stretched, stretchedDeep } from '../../lib/render/full-range.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { checkCase, rendererSubject } from '../system/conformance/check-case.ts';
import { avifRanges } from '../system/conformance/corpus/avif-range.ts';

const subject = rendererSubject(sharpRenderer());
const inDisplayP3 = avifRanges.filter(({ title }) => title.includes('Display P3'));

test('greys of limited and of full range in Display P3 are looked at with 8 and 10 bits', () => {
  expect(inDisplayP3).toHaveLength(4);
});

test.each(inDisplayP3.map((each) => [each.title, each] as const))('%s', async (_, each) => {
  expect((await checkCase(subject, each)).complaint).toBeUndefined();
});

test.each([8, 10, 12])('samples of %i bits are stretched from black to white, and their opacity is left', (bits) => {
  const top = 2 ** (16 - bits);
  const full = (2 ** bits - 1) * top;
  const [black, white] = [16 * 256, 235 * 256];
  const samples = Uint16Array.of(black, white, 0, black, full, black + top, white - top, white);
  const deep = stretchedDeep({ samples, bits, width: 2, height: 1, channels: 4 });
  const [nearlyBlack, nearlyWhite] = [Math.round((top * full) / (219 * 256)), full - (top * full) / (219 * 256)];
  expect([...deep.samples]).toEqual([0, full, 0, black, full, nearlyBlack, Math.round(nearlyWhite), white]);
});

test('three channels are all colours', () => {
  const samples = Uint16Array.of(4096, 4096, 4096, 4096, 4096, 4096);
  expect([...stretchedDeep({ samples, bits: 8, width: 2, height: 1, channels: 3 }).samples]).toEqual([
    0, 0, 0, 0, 0, 0,
  ]);
});

test('greys of eight bits are stretched from black to white in every colour, and an opacity is left', () => {
  const levels = [16, 235, 0, 16, 255, 126, 16, 235];
  const of = (channels: 3 | 4, ...data: number[]) => [
    ...stretched({ data: Buffer.from(data), width: 1, height: data.length / channels, channels, frames: 1 }).data,
  ];
  expect(of(4, ...levels)).toEqual([0, 255, 0, 16, 255, 128, 0, 235]);
  expect(of(3, ...levels, 16)).toEqual([0, 255, 0, 0, 255, 128, 0, 255, 0]);
});
