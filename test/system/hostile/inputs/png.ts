import { deflateRawSync, deflateSync } from 'node:zlib';
import { logo } from '../../conformance/draw/canvas.ts';
import { chunk, png } from '../../conformance/draw/png.ts';
import { open } from '../../conformance/draw/sharp.ts';
import { ascii, be32, inputs, patched, times, zeros } from '../input.ts';

const rows = (width: number, height: number, channels = 3) => Buffer.alloc(width * height * channels, 90);
const small = (before: readonly (readonly [string, Uint8Array])[] = []): Buffer =>
  png({ width: 120, height: 110, colourType: 2, rows: rows(120, 110), before });
const magic = ascii('\x89PNG\r\n\x1a\n');
const header = (width: number, height: number, more: readonly number[] = [8, 2, 0, 0, 0]): Buffer =>
  chunk('IHDR', Buffer.concat([be32(width), be32(height), Buffer.from(more)]));
const end = chunk('IEND', zeros(0));
const put = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat([magic, ...parts]);
const pixels = (): Buffer => chunk('IDAT', deflateSync(zeros(110 * (1 + 120 * 3))));

/** So many zeros, compressed to a thousandth, without holding them in memory. */
const packedZeros = (megabytes: number): Buffer => {
  const piece = deflateRawSync(zeros(1024 * 1024), { level: 9, finishFlush: 3 });
  return Buffer.concat([Buffer.of(0x78, 0xda), ...times(megabytes, () => piece), Buffer.of(3, 0), zeros(4)]);
};

export const pngs = inputs('png', 'image/png', [
  ['a bomb of 60 000×60 000 pixels', 'too-big', () => put(header(60_000, 60_000), pixels(), end)],
  [
    'the most that a header can say: 2³¹−1 squared',
    ['too-big', 'corrupt'],
    () => put(header(2 ** 31 - 1, 2 ** 31 - 1), pixels(), end),
  ],
  [
    'more than a header may say: 2³²−1 squared',
    ['too-big', 'corrupt'],
    () => put(header(2 ** 32 - 1, 2 ** 32 - 1), pixels(), end),
  ],
  ['no width', ['corrupt', 'too-small'], () => put(header(0, 110), pixels(), end)],
  ['no height', ['corrupt', 'too-small'], () => put(header(120, 0), pixels(), end)],
  ['9000×9000 pixels of which 1000 are there', 'corrupt', () => put(header(9000, 9000), pixels(), end)],
  [
    '10 000×10 000 black pixels in 100 kB',
    'ready',
    () =>
      put(
        header(10_000, 10_000, [8, 0, 0, 0, 0]),
        chunk('IDAT', deflateSync(zeros(10_000 * 10_001), { level: 1 })),
        end,
      ),
  ],
  [
    '10 000×5 000 pixels of 64 bits',
    'ready',
    () => put(header(10_000, 5000, [16, 6, 0, 0, 0]), chunk('IDAT', packedZeros(382)), end),
  ],
  [
    'pixels that unpack to 1 GB for a picture of 120×110',
    ['ready', 'corrupt'],
    () => put(header(120, 110), chunk('IDAT', packedZeros(1024)), end),
  ],
  [
    'a compressed text (zTXt) of 1 GB',
    ['ready', 'corrupt'],
    () => small([['zTXt', Buffer.concat([ascii('a\0\0'), packedZeros(1024)])]]),
  ],
  [
    'a compressed text (iTXt) of 1 GB',
    ['ready', 'corrupt'],
    () => small([['iTXt', Buffer.concat([ascii('a\0\x01\0\0\0'), packedZeros(1024)])]]),
  ],
  [
    'a profile (iCCP) of 1 GB',
    ['ready', 'corrupt'],
    () => small([['iCCP', Buffer.concat([ascii('p\0\0'), packedZeros(1024)])]]),
  ],
  [
    'a profile that says it has 4 GB',
    ['ready', 'corrupt'],
    () =>
      small([['iCCP', Buffer.concat([ascii('p\0\0'), deflateSync(Buffer.concat([be32(2 ** 32 - 1), zeros(200)]))])]]),
  ],
  [
    'a hundred compressed texts of 50 MB',
    ['ready', 'corrupt'],
    () => {
      const text = Buffer.concat([ascii('a\0\0'), packedZeros(50)]);
      return small(times(100, () => ['zTXt', text] as const));
    },
  ],
  [
    'an XMP packet of 9 MB',
    'ready',
    () => small([['iTXt', Buffer.concat([ascii('XML:com.adobe.xmp\0\0\0\0\0'), Buffer.alloc(9_000_000, '<a>')])]]),
  ],
  [
    'EXIF of 9 MB',
    ['ready', 'corrupt'],
    () => small([['eXIf', Buffer.concat([ascii('II*\0'), be32(0x0800_0000), Buffer.alloc(9_000_000, 0xff)])]]),
  ],
  [
    '800 000 empty chunks',
    ['ready', 'corrupt'],
    () => {
      const nothing = chunk('noTH', zeros(0));
      return put(header(120, 110), Buffer.concat(times(800_000, () => nothing)), pixels(), end);
    },
  ],
  ['50 000 texts', ['ready', 'corrupt'], () => small(times(50_000, () => ['tEXt', ascii('a\0b')] as const))],
  [
    'pixels in chunks of one byte',
    'ready',
    () =>
      put(header(120, 110), ...[...deflateSync(zeros(110 * 361))].map((byte) => chunk('IDAT', Buffer.of(byte))), end),
  ],
  [
    'a chunk that says it has 4 GB',
    'corrupt',
    () => put(header(120, 110), be32(2 ** 32 - 1), ascii('IDAT'), zeros(100), end),
  ],
  ['two headers', ['corrupt', 'ready'], () => put(header(120, 110), header(9000, 9000), pixels(), end)],
  ['a header of the wrong length', 'corrupt', () => put(chunk('IHDR', zeros(12)), pixels(), end)],
  ['no pixels at all', 'corrupt', () => put(header(120, 110), end)],
  ['no header', 'corrupt', () => put(pixels(), end)],
  [
    'a palette that is missing',
    ['corrupt', 'ready'],
    () => put(header(120, 110, [8, 3, 0, 0, 0]), chunk('IDAT', deflateSync(zeros(110 * 121))), end),
  ],
  [
    'a palette of 257 colours',
    ['corrupt', 'ready'],
    () =>
      put(
        header(120, 110, [8, 3, 0, 0, 0]),
        chunk('PLTE', zeros(771)),
        chunk('IDAT', deflateSync(zeros(110 * 121))),
        end,
      ),
  ],
  [
    'pixels beyond the palette',
    ['corrupt', 'ready'],
    () =>
      put(
        header(120, 110, [8, 3, 0, 0, 0]),
        chunk('PLTE', zeros(3)),
        chunk('IDAT', deflateSync(Buffer.alloc(110 * 121, 4))),
        end,
      ),
  ],
  [
    'more opacities than colours',
    ['corrupt', 'ready'],
    () =>
      put(
        header(120, 110, [8, 3, 0, 0, 0]),
        chunk('PLTE', zeros(6)),
        chunk('tRNS', zeros(250)),
        chunk('IDAT', deflateSync(zeros(110 * 121))),
        end,
      ),
  ],
  ['a depth of 255 bits', 'corrupt', () => put(header(120, 110, [255, 2, 0, 0, 0]), pixels(), end)],
  [
    'an unknown filter',
    'corrupt',
    () => put(header(120, 110), chunk('IDAT', deflateSync(Buffer.alloc(110 * 361, 9))), end),
  ],
  ['a gamma of 0', 'ready', () => small([['gAMA', be32(0)]])],
  ['a gamma of 42 950', 'ready', () => small([['gAMA', be32(2 ** 32 - 1)]])],
  [
    'primaries that are all 0',
    'ready',
    () =>
      small([
        ['gAMA', be32(100_000)],
        ['cHRM', zeros(32)],
      ]),
  ],
  [
    'primaries that are all the same',
    'ready',
    () =>
      small([
        ['gAMA', be32(45_455)],
        ['cHRM', Buffer.alloc(32, 1)],
      ]),
  ],
  ['undefined code points', ['ready', 'corrupt'], () => small([['cICP', Buffer.of(255, 255, 255, 255)]])],
  [
    'a density of 4 294 967 295',
    'ready',
    () => small([['pHYs', Buffer.concat([be32(2 ** 32 - 1), be32(2 ** 32 - 1), Buffer.of(1)])]]),
  ],
  [
    'an APNG that says it has 4 294 967 295 frames',
    'unsupported-format',
    () => small([['acTL', Buffer.concat([be32(2 ** 32 - 1), be32(0)])]]),
  ],
  ['an APNG of one frame', 'ready', () => small([['acTL', Buffer.concat([be32(1), be32(0)])]])],
  ['a wrong checksum of the header', 'corrupt', () => patched(small(), 30, 1, 2, 3)],
  [
    'bytes behind its end that are a web page',
    'ready',
    () => Buffer.concat([small(), ascii('<html><script>alert(1)</script></html>')]),
  ],
  ['a million rows in one column', ['too-big', 'too-small'], () => put(header(1, 1_000_000), pixels(), end)],
  [
    'an interlaced picture with its last passes missing',
    'corrupt',
    async () => {
      const file = await open(logo(200, 200)).png({ progressive: true }).toBuffer();
      const data = file.indexOf('IDAT') + 4;
      const length = file.readUInt32BE(data - 8);
      return put(file.subarray(8, data - 8), chunk('IDAT', file.subarray(data, data + Math.floor(length / 4))), end);
    },
  ],
]);
