import { landscape } from '../../conformance/draw/canvas.ts';
import sharp, { open } from '../../conformance/draw/sharp.ts';
import { ascii, inputs, le16, le32, patched, times, zeros } from '../input.ts';

const canvas = landscape(160, 120, 9);
const sound = await open(canvas).webp().toBuffer();
const lossless = await open(canvas).webp({ lossless: true }).toBuffer();
const stream = sound.subarray(12);
const moving = await sharp(Buffer.concat([canvas.data, canvas.data.toReversed()]), {
  raw: { width: 160, height: 240, channels: 3, pageHeight: 120 },
})
  .withMetadata({ orientation: 6 })
  .webp({ effort: 0, loop: 65_535, delay: [100, 100] })
  .toBuffer();

const chunk = (type: string, body: Uint8Array, said = body.length): Buffer =>
  Buffer.concat([ascii(type), le32(said), body, zeros(body.length % 2)]);
const riff = (...chunks: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(chunks);
  return Buffer.concat([ascii('RIFF'), le32(4 + body.length), ascii('WEBP'), body]);
};
const le24 = (value: number) => le32(value).subarray(0, 3);
const flags = { animation: 2, xmp: 4, exif: 8, alpha: 16, icc: 32 };
const extended = (flag: number, width = 160, height = 120) =>
  chunk('VP8X', Buffer.concat([Buffer.of(flag, 0, 0, 0), le24(width - 1), le24(height - 1)]));
const still = stream.subarray(0, 8 + sound.readUInt32LE(16) + (sound.readUInt32LE(16) % 2));
const anim = (loop = 0) => chunk('ANIM', Buffer.concat([zeros(4), le16(loop)]));
const frame = (left = 0, top = 0, width = 160, height = 120, delay = 100, data: Uint8Array = still) =>
  chunk(
    'ANMF',
    Buffer.concat([le24(left / 2), le24(top / 2), le24(width - 1), le24(height - 1), le24(delay), Buffer.of(0), data]),
  );
const tiny = (
  await sharp({ create: { width: 1, height: 1, channels: 3, background: '#c33' } })
    .webp({ lossless: true })
    .toBuffer()
).subarray(12);
const empty = (
  await sharp({ create: { width: 4000, height: 4000, channels: 3, background: '#c33' } })
    .webp({ lossless: true, effort: 0 })
    .toBuffer()
).subarray(12);

export const webps = inputs('webp', 'image/webp', [
  ['a canvas of 16 777 216×16 777 216', ['too-big', 'corrupt'], () => riff(extended(0, 2 ** 24, 2 ** 24), still)],
  ['a lossless header of 16 384×16 384', ['too-big', 'corrupt'], () => patched(lossless, 21, 0xff, 0xff, 0xff, 0x0f)],
  ['a header of 16 383×16 383', ['too-big', 'corrupt'], () => patched(sound, 26, 0xff, 0x3f, 0xff, 0x3f)],
  ['9000×9000 pixels of which 160×120 are there', 'corrupt', () => patched(sound, 26, ...le16(9000), ...le16(9000))],
  ['no width', ['corrupt', 'too-small'], () => patched(sound, 26, 0, 0)],
  ['a canvas that is larger than its picture', 'corrupt', () => riff(extended(0, 3000, 3000), still)],
  [
    '10 000×10 000 lossless pixels of one colour',
    'ready',
    async () =>
      sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: '#c33' } })
        .webp({ lossless: true, effort: 0 })
        .toBuffer(),
  ],
  [
    '60 000 frames',
    'too-many-frames',
    () => riff(extended(flags.animation), anim(), ...times(60_000, () => frame(0, 0, 1, 1, 100, tiny))),
  ],
  [
    '300 frames of one pixel',
    'ready',
    () => riff(extended(flags.animation), anim(), ...times(300, () => frame(0, 0, 1, 1, 100, tiny))),
  ],
  [
    '9 frames of 4000×4000 in 2 kB',
    'ready',
    () => riff(extended(flags.animation, 4000, 4000), anim(), ...times(9, () => frame(0, 0, 4000, 4000, 100, empty))),
  ],
  [
    '10 frames of 4000×4000',
    'too-big',
    () => riff(extended(flags.animation, 4000, 4000), anim(), ...times(10, () => frame(0, 0, 4000, 4000, 100, empty))),
  ],
  [
    'a frame that is larger than the canvas',
    'corrupt',
    () => riff(extended(flags.animation), anim(), frame(), frame(0, 0, 4000, 4000, 100, empty)),
  ],
  ['a frame outside the canvas', 'corrupt', () => riff(extended(flags.animation), anim(), frame(), frame(1000, 1000))],
  ['an animation without frames', ['corrupt', 'ready'], () => riff(extended(flags.animation), anim())],
  ['frames, and the flag that there are none', ['corrupt', 'ready'], () => riff(extended(0), anim(), frame(), frame())],
  [
    'a frame in a frame',
    ['ready', 'corrupt'],
    () => riff(extended(flags.animation), anim(), frame(0, 0, 160, 120, 100, frame())),
  ],
  ['a loop of 65 535 and an orientation', 'ready', () => moving],
  [
    'delays of 4.6 hours',
    'ready',
    () =>
      riff(extended(flags.animation), anim(65_535), frame(0, 0, 160, 120, 0xff_ffff), frame(0, 0, 160, 120, 0xff_ffff)),
  ],
  [
    'delays of 0',
    'ready',
    () => riff(extended(flags.animation), anim(), frame(0, 0, 160, 120, 0), frame(0, 0, 160, 120, 0)),
  ],
  [
    'a profile of 9 MB of zeros',
    ['ready', 'corrupt'],
    () => riff(extended(flags.icc), chunk('ICCP', zeros(9_000_000)), still),
  ],
  [
    'EXIF of 9 MB',
    ['ready', 'corrupt'],
    () =>
      riff(
        extended(flags.exif),
        still,
        chunk('EXIF', Buffer.concat([ascii('II*\0'), le32(8), Buffer.alloc(9_000_000, 0xff)])),
      ),
  ],
  ['XMP of 9 MB', 'ready', () => riff(extended(flags.xmp), still, chunk('XMP ', Buffer.alloc(9_000_000, '<a>')))],
  [
    'EXIF with orientation 65 535',
    'ready',
    () =>
      riff(
        extended(flags.exif),
        still,
        chunk(
          'EXIF',
          Buffer.concat([ascii('II*\0'), le32(8), le16(1), le16(0x112), le16(3), le32(1), le32(65_535), le32(0)]),
        ),
      ),
  ],
  [
    'a million unknown chunks',
    ['ready', 'corrupt'],
    () => {
      const none = chunk('noth', zeros(0));
      return riff(extended(0), Buffer.concat(times(1_000_000, () => none)), still);
    },
  ],
  ['a chunk that says it has 4 GB', 'corrupt', () => riff(extended(0), chunk('noth', zeros(0), 2 ** 32 - 1), still)],
  ['a file that says it has 4 GB', 'corrupt', () => patched(sound, 4, 255, 255, 255, 255)],
  ['a file that says it has 0 bytes', 'corrupt', () => patched(sound, 4, 0, 0, 0, 0)],
  ['a file that says it ends before its pixels', ['corrupt', 'not-an-image'], () => patched(sound, 4, 22, 0, 0, 0)],
  [
    'an opacity that is not there',
    ['ready', 'corrupt'],
    () => riff(extended(flags.alpha), chunk('ALPH', zeros(0)), still),
  ],
  [
    'opacity with a bomb of codes',
    ['ready', 'corrupt'],
    () => riff(extended(flags.alpha), chunk('ALPH', Buffer.concat([Buffer.of(1), Buffer.alloc(5000, 0xff)])), still),
  ],
  [
    'a script as its length',
    ['corrupt', 'ready'],
    () => Buffer.concat([ascii('RIFF'), ascii('=1/*'), sound.subarray(8)]),
  ],
  ['a partition beyond its end', ['ready', 'corrupt'], () => patched(sound, 23, 0xff, 0xff)],
  ['a sound (WAVE) under its type', 'not-an-image', () => patched(sound, 8, ...ascii('WAVE'))],
]);
