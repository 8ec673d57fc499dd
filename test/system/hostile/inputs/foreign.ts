import { logo } from '../../conformance/draw/canvas.ts';
import { jpeg, open } from '../../conformance/draw/sharp.ts';
import { ascii, type Input, inputs, zeros } from '../input.ts';

const picture = await jpeg(logo(120, 110));
const withPicture = (text: string) => Buffer.concat([ascii(text), picture]);
const unsupported = 'unsupported-format';

/** Files of other kinds under the name of a picture, and pictures that are something else as well. */
export const foreign: readonly Input[] = [
  ...inputs('foreign', 'image/jpeg', [
    [
      'an SVG that loads a file',
      unsupported,
      () => ascii('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    ],
    [
      'an SVG after a megabyte of comment',
      ['not-an-image', unsupported],
      () => ascii(`<!--${' '.repeat(1_000_000)}--><svg xmlns="http://www.w3.org/2000/svg"/>`),
    ],
    [
      'an SVG of entities without end',
      unsupported,
      () => ascii('<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'),
    ],
    [
      'commands for ImageMagick (MVG)',
      'not-an-image',
      () => ascii('push graphic-context\nfill \'url(https://example.com/"|id")\'\npop graphic-context'),
    ],
    [
      'commands for ImageMagick (MSL)',
      'not-an-image',
      () => ascii('<?xml version="1.0"?><image><read filename="/etc/passwd"/></image>'),
    ],
    ['PostScript', unsupported, () => ascii('%!PS\nuserdict /setpagedevice undef\n(%pipe%id) (w) file')],
    ['a PDF with a picture in it', unsupported, () => withPicture('%PDF-1.7\n')],
    ['a TIFF', unsupported, () => Buffer.concat([ascii('II*\0'), zeros(200)])],
    ['a BMP', unsupported, () => Buffer.concat([ascii('BM'), zeros(200)])],
    ['a FITS', 'not-an-image', () => ascii(`SIMPLE  =                    T${' '.repeat(3000)}`)],
    ['a Matlab file', 'not-an-image', () => ascii(`MATLAB 5.0 MAT-file${' '.repeat(200)}`)],
    ['an OpenEXR', unsupported, () => Buffer.concat([ascii('v/1\x01'), zeros(200)])],
    ['a video', unsupported, () => Buffer.concat([Buffer.of(0, 0, 0, 24), ascii('ftypisom'), zeros(100)])],
    ['an archive with a picture in it', 'not-an-image', () => withPicture('PK\x03\x04')],
    ['a program', 'not-an-image', () => withPicture('\x7fELF\x02\x01\x01')],
    [
      'a web page that ends in a picture',
      'not-an-image',
      () => withPicture('<!DOCTYPE html><script>alert(1)</script>'),
    ],
    ['one byte', 'not-an-image', () => Buffer.of(0xff)],
    ['the first three bytes of a JPEG', 'corrupt', () => Buffer.of(0xff, 0xd8, 0xff)],
    ['10 MB of zeros', 'not-an-image', () => zeros(10 * 1024 * 1024)],
    ['a JPEG after a line feed', 'not-an-image', () => withPicture('\n')],
    ['a PNG under the type of JPEG', 'type-mismatch', () => open(logo(120, 110)).png().toBuffer()],
  ]),
  ...inputs('foreign', 'image/png', [
    [
      'a magic number with its line ends changed',
      'not-an-image',
      async () => Buffer.concat([ascii('\x89PNG\n\x1a\n'), (await open(logo(120, 110)).png().toBuffer()).subarray(8)]),
    ],
    ['a magic number alone', 'corrupt', () => ascii('\x89PNG\r\n\x1a\n')],
  ]),
  ...inputs('foreign', 'image/webp', [['the head of a WebP alone', 'corrupt', () => ascii('RIFF\x04\0\0\0WEBP')]]),
  ...inputs('foreign', 'image/gif', [
    [
      'a GIF of an unknown version',
      'not-an-image',
      async () => Buffer.concat([ascii('GIF90a'), (await open(logo(120, 110)).gif().toBuffer()).subarray(6)]),
    ],
    ['the head of a GIF alone', 'corrupt', () => ascii('GIF89a')],
  ]),
  ...inputs('foreign', 'image/avif', [
    [
      'the head of an AVIF alone',
      'corrupt',
      () => Buffer.concat([Buffer.of(0, 0, 0, 16), ascii('ftypavif'), zeros(4)]),
    ],
  ]),
];
