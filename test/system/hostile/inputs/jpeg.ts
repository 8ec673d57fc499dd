import { landscape } from '../../conformance/draw/canvas.ts';
import { segment } from '../../conformance/draw/jpeg.ts';
import { profileOf, spaces } from '../../conformance/draw/profiles.ts';
import { exifBlock, withExif, withJpegProfile, withSegment } from '../../conformance/draw/segments.ts';
import { jpeg, open } from '../../conformance/draw/sharp.ts';
import { ascii, be16, inputs, le16, le32, patched, times, zeros } from '../input.ts';

const canvas = landscape(160, 120, 5);
const sound = await jpeg(canvas);
const progressive = await open(canvas).jpeg({ progressive: true }).toBuffer();
const markerAt = (file: Buffer, marker: number) => file.indexOf(Buffer.of(0xff, marker));
const insert = (file: Buffer, at: number, ...parts: readonly Uint8Array[]) =>
  Buffer.concat([file.subarray(0, at), ...parts, file.subarray(at)]);
const sized = (file: Buffer, width: number, height: number) =>
  patched(file, markerAt(file, file === progressive ? 0xc2 : 0xc0) + 5, ...be16(height), ...be16(width));

/** A TIFF block with the given directory. */
const tiff = (count: number, entries: Uint8Array, next = 0): Buffer =>
  Buffer.concat([ascii('II*\0'), le32(8), le16(count), entries, le32(next)]);
const entry = (tag: number, type: number, count: number, value: number) =>
  Buffer.concat([le16(tag), le16(type), le32(count), le32(value)]);
const turned = (value: number) => withExif(sound, tiff(1, entry(0x0112, 3, 1, value)));

/** Every scan of the progressive file so often again. */
const scans = (count: number): Buffer => {
  const at = progressive.lastIndexOf(Buffer.of(0xff, 0xda));
  const last = progressive.subarray(at, -2);
  return Buffer.concat([progressive.subarray(0, -2), ...times(count, () => last), Buffer.of(0xff, 0xd9)]);
};
const emptyScans = (count: number): Buffer => {
  const scan = segment(0xda, [1, 1, 0, 0, 0, 0]);
  return Buffer.concat([progressive.subarray(0, -2), ...times(count, () => scan), Buffer.of(0xff, 0xd9)]);
};

export const jpegs = inputs('jpeg', 'image/jpeg', [
  ['a bomb of 65 500×65 500 pixels', 'too-big', () => sized(sound, 65_500, 65_500)],
  ['the most that a header can say: 65 535×65 535', ['too-big', 'corrupt'], () => sized(sound, 65_535, 65_535)],
  ['9000×9000 pixels of which 160×120 are there', 'corrupt', () => sized(sound, 9000, 9000)],
  ['9000×9000 progressive pixels of which 160×120 are there', 'corrupt', () => sized(progressive, 9000, 9000)],
  ['no width', ['corrupt', 'too-small'], () => sized(sound, 0, 120)],
  ['no height', ['corrupt', 'too-small'], () => sized(sound, 160, 0)],
  ['a strip of 65 500×1', ['too-big', 'too-small'], () => sized(sound, 65_500, 1)],
  ['3000 scans of the whole picture', ['ready', 'corrupt', 'too-big'], () => scans(3000)],
  ['200 000 scans without pixels', ['ready', 'corrupt', 'too-big'], () => emptyScans(200_000)],
  [
    '100 megapixels in 6 000 scans without pixels',
    ['ready', 'corrupt', 'too-big'],
    () => sized(emptyScans(6000), 10_000, 10_000),
  ],
  [
    '150 comments of 64 kB',
    'ready',
    () => insert(sound, 2, ...times(150, () => segment(0xfe, Buffer.alloc(65_000, 65)))),
  ],
  [
    'a million empty comments',
    ['ready', 'corrupt'],
    () => {
      const none = segment(0xfe, []);
      return insert(sound, 2, Buffer.concat(times(1_000_000, () => none)));
    },
  ],
  ['a million filling bytes', 'ready', () => insert(sound, 2, Buffer.alloc(1_000_000, 0xff))],
  [
    '9 MB of stray bytes between segments',
    ['ready', 'corrupt'],
    () => insert(sound, markerAt(sound, 0xda), zeros(9_000_000)),
  ],
  ['a segment of length 0', ['corrupt', 'ready'], () => insert(sound, 2, Buffer.of(0xff, 0xe1, 0, 0))],
  ['a segment of length 1', ['corrupt', 'ready'], () => insert(sound, 2, Buffer.of(0xff, 0xe1, 0, 1))],
  [
    'a last segment that says it has 64 kB',
    'corrupt',
    () => insert(sound, markerAt(sound, 0xda), Buffer.of(0xff, 0xe5, 0xff, 0xff)),
  ],
  ['255 components', 'corrupt', () => patched(sound, markerAt(sound, 0xc0) + 9, 255)],
  ['no component', 'corrupt', () => patched(sound, markerAt(sound, 0xc0) + 9, 0)],
  ['sampling of 15×15', 'corrupt', () => patched(sound, markerAt(sound, 0xc0) + 11, 0xff)],
  ['sampling of 0×0', 'corrupt', () => patched(sound, markerAt(sound, 0xc0) + 11, 0)],
  ['a false depth of 12 bits', 'corrupt', () => patched(sound, markerAt(sound, 0xc0) + 4, 12)],
  ['a false marker of lossless coding (SOF3)', 'corrupt', () => patched(sound, markerAt(sound, 0xc0) + 1, 0xc3)],
  [
    'a false marker of arithmetic coding (SOF9)',
    ['corrupt', 'ready'],
    () => patched(sound, markerAt(sound, 0xc0) + 1, 0xc9),
  ],
  [
    'two frames in one',
    ['corrupt', 'ready'],
    () => insert(sound, markerAt(sound, 0xda), segment(0xc0, [8, ...be16(9000), ...be16(9000), 1, 1, 0x11, 0])),
  ],
  [
    'a table of codes with more codes than fit',
    'corrupt',
    () => insert(sound, markerAt(sound, 0xda), segment(0xc4, [0, ...Array<number>(16).fill(255), ...zeros(4080)])),
  ],
  [
    'steps of 0 in the table of steps',
    ['ready', 'corrupt'],
    () => insert(sound, markerAt(sound, 0xda), segment(0xdb, [0, ...zeros(64)])),
  ],
  [
    'a restart after each square, without one of them there',
    'corrupt',
    () => insert(sound, markerAt(sound, 0xda), segment(0xdd, [0, 1])),
  ],
  ['orientation 0', 'ready', () => turned(0)],
  ['orientation 9', 'ready', () => turned(9)],
  ['orientation 65 535', 'ready', () => turned(65_535)],
  ['an orientation that is a text', 'ready', () => withExif(sound, tiff(1, entry(0x0112, 2, 4, 0x3636_3636)))],
  [
    'a density of 65 535 and 0',
    'ready',
    () => withSegment(sound, 0xe0, Buffer.concat([ascii('JFIF\0\x01\x02\x03'), be16(65_535), be16(0), zeros(2)])),
  ],
  [
    'a JFIF thumbnail of 255×255 that is not there',
    ['ready', 'corrupt'],
    () =>
      withSegment(sound, 0xe0, Buffer.concat([ascii('JFIF\0\x01\x02\x01'), be16(72), be16(72), Buffer.of(255, 255)])),
  ],
  ['EXIF that says it has 65 535 entries', 'ready', () => withExif(sound, tiff(65_535, zeros(12)))],
  ['EXIF whose directory leads to itself', 'ready', () => withExif(sound, tiff(1, entry(0x8769, 4, 1, 8), 8))],
  [
    'EXIF whose directories lead to each other',
    'ready',
    () => withExif(sound, tiff(2, Buffer.concat([entry(0x8769, 4, 1, 8), entry(0x8825, 4, 1, 8)]), 8)),
  ],
  [
    'an EXIF entry of 4 294 967 295 values',
    'ready',
    () => withExif(sound, tiff(1, entry(0x010f, 12, 2 ** 32 - 1, 26))),
  ],
  [
    'EXIF that begins at the end of memory',
    'ready',
    () => withExif(sound, Buffer.concat([ascii('II*\0'), le32(2 ** 32 - 1)])),
  ],
  [
    '150 blocks of EXIF',
    'ready',
    () =>
      times(150, () => 0).reduce<Buffer>((file) => withExif(file, exifBlock([[0x010f, 'x'.repeat(60_000)]])), sound),
  ],
  [
    'an EXIF thumbnail that says it has 4 GB',
    'ready',
    () =>
      withExif(
        sound,
        Buffer.concat([
          ascii('II*\0'),
          le32(8),
          le16(0),
          le32(14),
          le16(2),
          entry(0x0201, 4, 1, 14),
          entry(0x0202, 4, 1, 2 ** 32 - 1),
          le32(0),
        ]),
      ),
  ],
  [
    'a profile of 255 parts of 38 kB',
    ['ready', 'corrupt'],
    () =>
      times(255, (part) => 255 - part).reduce<Buffer>(
        (file, part) =>
          withSegment(file, 0xe2, Buffer.concat([ascii('ICC_PROFILE\0'), Buffer.of(part, 255), zeros(38_000)])),
        sound,
      ),
  ],
  [
    'a profile whose first part is missing',
    'ready',
    () => withSegment(sound, 0xe2, Buffer.concat([ascii('ICC_PROFILE\0'), Buffer.of(2, 2), zeros(900)])),
  ],
  [
    'a profile with 4 294 967 295 tags',
    ['ready', 'corrupt'],
    () => withJpegProfile(sound, patched(profileOf(spaces.p3), 128, 255, 255, 255, 255)),
  ],
  [
    'a profile whose tags are beyond its end',
    ['ready', 'corrupt'],
    () => {
      const profile = profileOf(spaces.p3);
      for (let tag = 0; tag < 6; tag++) profile.writeUInt32BE(0xffff_fff0, 132 + 12 * tag + 4);
      return withJpegProfile(sound, profile);
    },
  ],
  [
    'a CMYK profile in an RGB picture',
    ['ready', 'corrupt'],
    () => withJpegProfile(sound, patched(profileOf(spaces.p3), 16, ...ascii('CMYK'))),
  ],
  [
    'an XMP packet of 150 parts',
    'ready',
    () =>
      insert(
        sound,
        2,
        ...times(150, () =>
          segment(0xe1, Buffer.concat([ascii('http://ns.adobe.com/xap/1.0/\0'), Buffer.alloc(60_000, '<x:a>')])),
        ),
      ),
  ],
  [
    'XMP that names entities without end',
    'ready',
    () =>
      withSegment(
        sound,
        0xe1,
        ascii(
          `http://ns.adobe.com/xap/1.0/\0<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${times(9, (n) => `<!ENTITY a${n} "${'&a;'.repeat(10)}">`).join('')}]><x>&a8;</x>`,
        ),
      ),
  ],
  [
    'a comment that is a script, and an archive behind its end',
    'ready',
    () =>
      Buffer.concat([
        insert(sound, 2, segment(0xfe, ascii("<?php system($_GET['c']); ?><script>alert(1)</script>"))),
        ascii('PK\x03\x04\x14\0'),
      ]),
  ],
  ['another JPEG behind its end', 'ready', () => Buffer.concat([sound, sound])],
  [
    'a start of image 100 000 times',
    ['corrupt', 'ready'],
    () => insert(sound, 2, ...times(100_000, () => Buffer.of(0xff, 0xd8))),
  ],
  ['an end of image first', 'corrupt', () => insert(sound, 2, Buffer.of(0xff, 0xd9))],
]);
