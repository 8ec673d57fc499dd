import { type Case, refusedAs } from '../case.ts';
import { draw, logo } from '../draw/canvas.ts';
import { gif } from '../draw/gif.ts';
import { chunk, png } from '../draw/png.ts';
import { avif, jpeg, open, webp } from '../draw/sharp.ts';

const text = (content: string) => Buffer.concat([Buffer.from(content, 'latin1'), Buffer.alloc(200)]);
const isoMedia = (...brands: string[]) => {
  const body = Buffer.from(`${brands[0]}\0\0\0\0${brands.slice(1).join('')}`, 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write('ftyp', 4);
  return Buffer.concat([head, body, Buffer.alloc(400)]);
};

/** Files that other programs make, by their first bytes, and the word by which the refusal must name them. */
const foreign: readonly (readonly [title: string, bytes: Buffer, names: RegExp])[] = [
  ['a HEIC photo from a phone', isoMedia('heic', 'mif1', 'heic'), /HEIC/],
  ['a HEIC of the general brand', isoMedia('mif1', 'mif1', 'heic'), /HEIC/],
  ['a HEIC sequence', isoMedia('hevc', 'msf1'), /HEIC/],
  ['a Canon CR3', isoMedia('crx ', 'isom'), /raw/],
  ['an animated AVIF', isoMedia('avis', 'avif', 'msf1'), /animated AVIF/],
  ['a video', isoMedia('isom', 'iso2', 'mp41'), /video/],
  ['an SVG', text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), /SVG/],
  ['an SVG with a prolog', text('<?xml version="1.0"?>\n<!-- drawn --><svg width="10">'), /SVG/],
  ['an SVG after a byte order mark', text('\xef\xbb\xbf  <svg viewBox="0 0 1 1">'), /SVG/],
  ['a little-endian TIFF', text('II*\0\x08\0\0\0'), /TIFF/],
  ['a big-endian TIFF', text('MM\0*\0\0\0\x08'), /TIFF/],
  ['a Canon CR2', text('II*\0\x10\0\0\0CR\x02\0'), /CR2/],
  ['a Fujifilm RAF', text('FUJIFILMCCD-RAW 0201'), /RAF/],
  ['an Olympus ORF', text('IIRO\x08\0\0\0'), /ORF/],
  ['a Panasonic RW2', text('IIU\0\x08\0\0\0'), /RW2/],
  ['a PDF', text('%PDF-1.7\n'), /PDF/],
  ['a PostScript file', text('%!PS-Adobe-3.0 EPSF-3.0'), /PostScript/],
  ['a PSD', text('8BPS\0\x01'), /PSD/],
  ['a JPEG XL codestream', text('\xff\x0a\xfa\x1f'), /JPEG XL/],
  ['a JPEG XL file', text('\0\0\0\x0cJXL \r\n\x87\n'), /JPEG XL/],
  ['a JPEG 2000 file', text('\0\0\0\x0cjP  \r\n\x87\n'), /JPEG 2000/],
  ['a JPEG 2000 codestream', text('\xff\x4f\xff\x51\0\x2f'), /JPEG 2000/],
  ['a BMP', text('BM\x36\x10\0\0\0\0\0\0\x36'), /BMP/],
  ['a Windows icon', text('\0\0\x01\0\x01\0'), /ICO/],
];

const nothings: readonly (readonly [string, Buffer])[] = [
  ['plain text', text('Dear Sir or Madam')],
  ['a web page', text('<!DOCTYPE html><html><body>hello</body></html>')],
  ['a zip archive', text('PK\x03\x04\x14\0')],
  ['zeros', Buffer.alloc(500)],
  ['two bytes', Buffer.from([0xff, 0xd8])],
];

const small = logo(160, 120);
const files = {
  'image/jpeg': () => jpeg(small),
  'image/png': () => open(small).png().toBuffer(),
  'image/webp': () => webp(small),
  'image/avif': () => avif(small),
  'image/gif': () => open(small).gif().toBuffer(),
};
type Type = keyof typeof files;
const types = Object.keys(files) as Type[];

/** A PNG whose header promises more pixels than the file could hold, as bombs do. */
const promising = (width: number, height: number): Buffer => {
  const honest = png({ width: 8, height: 8, colourType: 2, rows: Buffer.alloc(8 * 8 * 3) });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([honest.subarray(0, 8), chunk('IHDR', header), honest.subarray(33)]);
};

const still = { width: 100, height: 100, pixels: new Uint8Array(10_000).fill(1), delay: 40 };
const palette = [
  [0, 0, 0],
  [200, 60, 30],
] as const;

const row = (
  title: string,
  contentType: Case['contentType'],
  original: Case['original'],
  check: Case['check'],
  quick = false,
): Case => ({
  group: 'refusal',
  title,
  contentType,
  original,
  check,
  quick,
});

export const refusals: readonly Case[] = [
  ...foreign.map(([title, bytes, names]) =>
    row(`${title} is refused by name`, 'image/jpeg', () => bytes, refusedAs('unsupported-format', names), true),
  ),
  ...nothings.map(([title, bytes]) =>
    row(`${title} is not an image`, 'image/png', () => bytes, refusedAs('not-an-image'), true),
  ),
  ...types.map((type, index) => {
    const declared = types[(index + 1) % types.length] ?? 'image/jpeg';
    return row(
      `${type} declared as ${declared} is refused`,
      declared,
      files[type],
      refusedAs('type-mismatch', new RegExp(type)),
      true,
    );
  }),
  row(
    'an APNG is refused rather than shown still',
    'image/png',
    async () => {
      const whole = await files['image/png']();
      return Buffer.concat([
        whole.subarray(0, 33),
        chunk('acTL', Buffer.of(0, 0, 0, 2, 0, 0, 0, 0)),
        whole.subarray(33),
      ]);
    },
    refusedAs('unsupported-format', /APNG/),
    true,
  ),
  row(
    'a picture of 99×200 is too small',
    'image/png',
    () => open(logo(99, 200)).png().toBuffer(),
    refusedAs('too-small', /99×200/),
    true,
  ),
  row('a picture of 200×99 is too small', 'image/jpeg', () => jpeg(logo(200, 99)), refusedAs('too-small', /200×99/)),
  row(
    'a picture that is too small once upright is told so',
    'image/jpeg',
    () => open(logo(400, 90)).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    refusedAs('too-small', /90×400/),
  ),
  row(
    '10 001 pixels a side are too many, by the header alone',
    'image/png',
    () => promising(10_001, 500),
    refusedAs('too-big', /10001×500/),
    true,
  ),
  row(
    'a bomb of 60 000×60 000 goes off nowhere',
    'image/png',
    () => promising(60_000, 60_000),
    refusedAs('too-big'),
    true,
  ),
  row(
    'a bomb of two thousand million columns goes off nowhere',
    'image/png',
    () => promising(2 ** 31 - 1, 2 ** 31 - 1),
    refusedAs('corrupt'),
  ),
  row(
    'a header of 9000×9000 without the pixels for it is corrupt',
    'image/png',
    () => promising(9000, 9000),
    refusedAs('corrupt'),
    true,
  ),
  row(
    '301 frames are too many',
    'image/gif',
    () =>
      gif(
        100,
        100,
        palette,
        Array.from({ length: 301 }, () => still),
        0,
      ),
    refusedAs('too-many-frames', /301/),
    true,
  ),
  row(
    '200 frames of 1000×1000 are too many pixels',
    'image/gif',
    () =>
      gif(
        1000,
        1000,
        palette,
        Array.from({ length: 200 }, () => ({ ...still, width: 1, height: 1, pixels: Uint8Array.of(1) })),
        0,
      ),
    refusedAs('too-big', /frames/),
    true,
  ),
  {
    ...row(
      'a picture that takes longer than the time limit is too big, not a crash',
      'image/png',
      async () => {
        const { data, width, height } = draw(3000, 3000, (x, y) => [(x * y) % 251, (x * 7 + y) % 253, (x ^ y) % 249]);
        return png({ width, height, colourType: 2, rows: data });
      },
      refusedAs('too-big', /seconds/),
    ),
    settings: { limits: { renderSeconds: 0.05 } },
  },
];
