import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gifPixels } from '../../lib/render/gif/frames.ts';
import { gifParts } from '../../lib/render/gif/parts.ts';
import { logo, quarters, screenshot } from '../system/conformance/draw/canvas.ts';
import { gif, type Palette } from '../system/conformance/draw/gif.ts';
import sharp, { open } from '../system/conformance/draw/sharp.ts';

const drawn = { quarters: quarters(300, 200), logo: logo(257, 199), screenshot: screenshot(640, 410) };

test.each(Object.entries(drawn))(
  'a GIF of an encoder (%s) unpacks to the pixels that it was made of',
  async (_, canvas) => {
    const file = await open(canvas).gif({ dither: 0, effort: 1 }).toBuffer();
    const pixels = await gifPixels(file);
    expect([pixels.width, pixels.height, pixels.frames]).toEqual([canvas.width, canvas.height, 1]);
    let different = 0;
    for (let at = 0; at < canvas.width * canvas.height; at++)
      for (let channel = 0; channel < 3; channel++) {
        const made = pixels.data[at * pixels.channels + channel] ?? 0;
        if (Math.abs(made - (canvas.data[at * 3 + channel] ?? 0)) > 6) different++;
      }
    expect(different).toBe(0);
  },
);

test('an encoder that learns many strings is followed through all of them', async () => {
  const noise = Buffer.from(Array.from({ length: 300 * 200 * 3 }, (_, at) => (Math.floor((at * 7919) / 8) % 4) * 80));
  const file = await sharp(noise, { raw: { width: 300, height: 200, channels: 3 } })
    .gif({ dither: 0 })
    .toBuffer();
  const { data, channels, frames } = await gifPixels(file);
  expect(frames).toBe(1);
  expect(data.length).toBe(300 * 200 * channels);
  const off = Array.from({ length: 300 * 200 }, (_, at) => Math.abs((data[at * channels] ?? 0) - (noise[at * 3] ?? 0)));
  expect(Math.max(...off)).toBeLessThanOrEqual(8);
});

const palette: Palette = [
  [0, 0, 0],
  [200, 60, 30],
  [30, 60, 200],
];
const small = gif(
  40,
  30,
  palette,
  [1, 2, 1].map((index) => ({ width: 40, height: 30, pixels: new Uint8Array(1200).fill(index), delay: 40 })),
  3,
);

/** A dot of the second colour, whose pixels are packed by codes of one bit more than this. */
const dot = (codeBits: number) => {
  const codes = [2 ** codeBits, 1, 2 ** codeBits + 1];
  const bits = codes.map((code) => [...code.toString(2).padStart(codeBits + 1, '0')].reverse().join('')).join('');
  const packed = (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt([...byte].reverse().join(''), 2));
  const colours = [0, 0, 0, 200, 60, 30];
  return Buffer.from([
    ...Buffer.from('GIF89a'),
    ...[1, 0, 1, 0, 0x80, 0, 0, ...colours],
    ...[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, codeBits, packed.length, ...packed, 0, 0x3b],
  ]);
};

test.each([2, 4, 8])('a GIF of %i bits a colour is read', async (bits) => {
  expect([...(await gifPixels(dot(bits))).data]).toEqual([200, 60, 30]);
});

test.each([9, 11])(
  'a GIF that says %i bits a colour, of which there are eight at most, has no whole frame',
  async (bits) => {
    await expect(gifPixels(dot(bits))).rejects.toThrow('no frame of the GIF is whole');
  },
);

test('the reader of a GIF with any bytes changed ends, with frames of its canvas or with a range error', async () => {
  const change = fc.tuple(fc.nat(small.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const bytes = Buffer.from(small);
      for (const [at, value] of changes) bytes[at] = value;
      const parts = gifParts(bytes);
      // Larger ones are refused by their headers before they get here.
      fc.pre(parts.width * parts.height <= 250_000);
      fc.pre(parts.frames.every(({ width, height }) => width * height <= 250_000));
      try {
        const { data, width, height, channels, frames } = await gifPixels(bytes);
        expect(data.length).toBe(width * height * channels * frames);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 300 },
  );
});
