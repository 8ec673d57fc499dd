import { deflateSync } from 'node:zlib';
import { type Case, type Outcome, refusedAs } from '../case.ts';
import { type Canvas, landscape } from '../draw/canvas.ts';
import { chunk, png } from '../draw/png.ts';
import sharp, { avif, open } from '../draw/sharp.ts';

const canvas = landscape(420, 300, 31);

const encoders: readonly (readonly [
  name: string,
  contentType: Case['contentType'],
  encode: (canvas: Canvas) => Promise<Buffer>,
])[] = [
  ['a baseline JPEG', 'image/jpeg', (canvas) => open(canvas).jpeg().toBuffer()],
  ['a progressive JPEG', 'image/jpeg', (canvas) => open(canvas).jpeg({ progressive: true }).toBuffer()],
  ['a PNG', 'image/png', (canvas) => open(canvas).png().toBuffer()],
  ['an interlaced PNG', 'image/png', (canvas) => open(canvas).png({ progressive: true }).toBuffer()],
  ['a WebP', 'image/webp', (canvas) => open(canvas).webp().toBuffer()],
  ['a lossless WebP', 'image/webp', (canvas) => open(canvas).webp({ lossless: true }).toBuffer()],
  ['an AVIF', 'image/avif', (canvas) => avif(canvas)],
  ['a GIF', 'image/gif', (canvas) => open(canvas).gif().toBuffer()],
  ['an animated WebP', 'image/webp', (canvas) => twice(canvas).webp({ effort: 0 }).toBuffer()],
];

const twice = ({ data, width, height, channels }: Canvas) =>
  sharp(Buffer.concat([data, data.toReversed()]), { raw: { width, height: height * 2, channels, pageHeight: height } });

const cuts: readonly (readonly [string, (file: Buffer) => Buffer])[] = [
  ['cut off after a third', (file) => file.subarray(0, Math.floor(file.length / 3))],
  ['cut off near the end', (file) => file.subarray(0, Math.floor(file.length * 0.97))],
  ['without its last two bytes', (file) => file.subarray(0, -2)],
];

export const damage: readonly Case[] = [
  ...encoders.flatMap(([name, contentType, encode]) =>
    cuts.map(
      ([how, cut], index): Case => ({
        group: 'damage',
        title: `${name} ${how} is corrupt`,
        contentType,
        original: async () => cut(await encode(canvas)),
        quick: index === 1,
        check: refusedAs('corrupt'),
      }),
    ),
  ),
  {
    group: 'damage',
    title: 'a PNG with a flipped bit in its pixels is corrupt',
    contentType: 'image/png',
    original: async () => {
      const file = await open(canvas).png().toBuffer();
      const middle = Math.floor(file.length / 2);
      file[middle] = (file[middle] ?? 0) ^ 0x10;
      return file;
    },
    quick: true,
    check: refusedAs('corrupt'),
  },
  ...(
    [
      ['without the checksum of its pixels', 4],
      ['with a wrong checksum of its pixels', 0],
    ] as const
  ).map(
    ([how, missing]): Case => ({
      group: 'damage',
      title: `a PNG ${how} is corrupt`,
      contentType: 'image/png',
      original: () => {
        const { width, height, data } = canvas;
        const packed = deflateSync(Buffer.concat(rowsOf(data, 3 * width)));
        packed[packed.length - 1] = (packed.at(-1) ?? 0) ^ 0xff;
        const whole = png({ width, height, colourType: 2, rows: data });
        const head = whole.subarray(0, 8 + 12 + 13);
        const pixels = chunk('IDAT', packed.subarray(0, packed.length - missing));
        return Buffer.concat([head, pixels, chunk('IEND', Buffer.alloc(0))]);
      },
      check: refusedAs('corrupt'),
    }),
  ),
  {
    group: 'damage',
    title: 'bytes after the end of a JPEG do no harm',
    contentType: 'image/jpeg',
    original: async () => Buffer.concat([await open(canvas).jpeg().toBuffer(), Buffer.from('SEFT trailer of a phone')]),
    check: isMade,
  },
  {
    group: 'damage',
    title: 'progressive parameters in a baseline JPEG, as some phones write them, do no harm',
    contentType: 'image/jpeg',
    original: async () => {
      const file = await open(canvas).jpeg().toBuffer();
      const scan = file.indexOf(Buffer.from([0xff, 0xda]));
      file[scan + 2 + file.readUInt16BE(scan + 2) - 2] = 0;
      return file;
    },
    check: isMade,
  },
];

/** Rows as a PNG packs them, each behind the number of its filter: none. */
function rowsOf(data: Uint8Array, stride: number): Buffer[] {
  return Array.from({ length: data.length / stride }, (_, row) =>
    Buffer.concat([Buffer.of(0), data.subarray(row * stride, (row + 1) * stride)]),
  );
}

function isMade(outcome: Outcome): void {
  if ('refused' in outcome) throw new Error(`refused as ${outcome.refused}: ${outcome.message}`);
}
