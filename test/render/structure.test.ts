import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import config from '../../darkroom.config.ts';
import { BadPicture } from '../../lib/core/errors.ts';
import type { SourceFormat } from '../../lib/core/formats.ts';
import type { RenderOrder } from '../../lib/ports.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { sniff } from '../../lib/render/sniff.ts';
import { structureOf } from '../../lib/render/structure/index.ts';
import { withCodePoints } from '../system/conformance/draw/avif-boxes.ts';
import { landscape } from '../system/conformance/draw/canvas.ts';
import { avif, jpeg, open, webp } from '../system/conformance/draw/sharp.ts';

const canvas = landscape(160, 120);
const files = {
  jpeg: await jpeg(canvas),
  png: await open(canvas).png().toBuffer(),
  webp: await webp(canvas),
  avif: await avif(canvas),
  gif: await open(canvas).gif().toBuffer(),
} as const satisfies Record<SourceFormat, Buffer>;
const preset = {
  ...config.presets.web,
  variants: [{ name: 'small', width: 64, fit: 'inside' }],
} as RenderOrder['preset'];
const formats = Object.keys(files) as SourceFormat[];

test.each(formats)('a %s is whole, and not whole without any number of its last bytes', (format) => {
  const file = files[format];
  expect(structureOf(format, file).whole).toBe(true);
  // The last byte of a GIF says nothing but that it ends.
  for (let missing = format === 'gif' ? 2 : 1; missing <= 300; missing += 7)
    expect(structureOf(format, file.subarray(0, -missing)).whole).toBe(false);
});

test.each(formats)('a %s is recognised by its first bytes', (format) => {
  expect(sniff(files[format])).toEqual({ accepted: format });
});

test('no input makes the readers throw or run on', () => {
  fc.assert(
    fc.property(fc.constantFrom(...formats), fc.uint8Array({ maxLength: 400 }), fc.nat(60), (format, noise, kept) => {
      const bytes = Buffer.concat([files[format].subarray(0, kept), noise]);
      expect(() => sniff(bytes)).not.toThrow(BadPicture);
      expect(structureOf(format, bytes).frames).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});

/** A box that says it holds what is in it. */
const box = (type: string, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
};
const fullBox = Buffer.alloc(4);
const brand = box('ftyp', Buffer.from('avif\0\0\0\0avifmif1', 'latin1'));
const withColour = (length: number): Buffer => {
  const colour = box('colr', Buffer.concat([Buffer.from('nclx', 'latin1'), Buffer.alloc(16)]).subarray(0, length));
  return Buffer.concat([brand, box('meta', fullBox, box('iprp', box('ipco', colour)))]);
};
/** Each box goes on to the end of the file, as a size of 0 says. */
const nested = (depth: number): Buffer =>
  Buffer.concat([brand, ...Array.from({ length: depth }, () => Buffer.from('\0\0\0\0meta\0\0\0\0', 'latin1'))]);

test.each([0, 3, 4, 7, 10])('a colour property of %i bytes is too short, and the file is not whole', (length) => {
  const { whole, colour } = structureOf('avif', withColour(length));
  expect([whole, colour]).toEqual([length < 4, undefined]);
});

test('a colour property with all of its bytes is read', () => {
  expect(structureOf('avif', withColour(11))).toMatchObject({ whole: true, colour: { primaries: 0, transfer: 0 } });
});

test('a box of another type is no colour property, with any content', () => {
  const content = Buffer.concat([Buffer.from('nclx', 'latin1'), Buffer.of(0, 9, 0, 16, 0, 9, 0x80)]);
  const file = (type: string) =>
    Buffer.concat([brand, box('meta', fullBox, box('iprp', box('ipco', box(type, content))))]);
  expect(structureOf('avif', file('colr'))).toMatchObject({ colour: { primaries: 9, transfer: 16 } });
  expect(structureOf('avif', file('free')).colour).toBeUndefined();
});

test('an AVIF of full range with nothing else specified is mended, because the decoder would pass over its range', () => {
  const with_ = (primaries: number, transfer: number, more: { matrix: number; full: boolean }) =>
    structureOf('avif', withCodePoints(files.avif, primaries, transfer, more)).mended;
  const unspecified = withCodePoints(files.avif, 2, 2, { matrix: 2, full: true });
  const meant = withCodePoints(files.avif, 1, 13, { matrix: 6, full: true });
  expect(Buffer.compare(structureOf('avif', unspecified).mended ?? unspecified, meant)).toBe(0);
  expect(with_(2, 2, { matrix: 2, full: false })).toBeUndefined();
  for (const specified of [{ matrix: 6 }, { primaries: 1 }, { transfer: 13 }]) {
    const { primaries = 2, transfer = 2, matrix = 2 } = specified as Record<string, number>;
    expect(with_(primaries, transfer, { matrix, full: true })).toBeUndefined();
  }
});

test('a JPEG with stray bytes between its segments is mended by leaving them out', () => {
  const length = files.jpeg.readUInt16BE(4);
  const behind = 4 + length;
  const flawed = Buffer.concat([files.jpeg.subarray(0, behind), Buffer.of(0, 1, 2), files.jpeg.subarray(behind)]);
  const { whole, mended } = structureOf('jpeg', flawed);
  expect(whole).toBe(true);
  expect(Buffer.compare(mended ?? flawed, files.jpeg)).toBe(0);
  expect(structureOf('jpeg', files.jpeg).mended).toBeUndefined();
});

test.each(['cHRM', 'gAMA', 'acTL', 'IEND'])('a PNG that ends within its %s is not whole', (type) => {
  const head = files.png.subarray(0, 33);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(32);
  const cut = Buffer.concat([head, length, Buffer.from(type, 'latin1'), Buffer.alloc(12)]);
  expect(structureOf('png', cut)).toEqual({ whole: false, frames: 1 });
});

test('boxes nested a hundred thousand deep are passed over', () => {
  expect(structureOf('avif', nested(100_000))).toMatchObject({ whole: true });
});

test.each([
  ['a colour property that is too short', withColour(4)],
  ['boxes nested a hundred thousand deep', nested(100_000)],
])('an AVIF with %s is corrupt', async (_, bytes) => {
  const order = { contentType: 'image/avif', preset, limits: config.limits, keepCopyright: false } as const;
  await expect(sharpRenderer().render(bytes, order, async () => undefined)).rejects.toMatchObject({ code: 'corrupt' });
});

test('each format has a number of pixels of its own, and more are too big', async () => {
  const limits = { ...config.limits, maxPixels: { ...config.limits.maxPixels, avif: 10_000 } };
  const render = (contentType: 'image/avif' | 'image/jpeg', bytes: Buffer) =>
    sharpRenderer().render(bytes, { contentType, preset, limits, keepCopyright: false }, async () => undefined);
  const refused = render('image/avif', files.avif);
  await expect(refused).rejects.toMatchObject({ code: 'too-big' });
  await expect(refused).rejects.toThrow('160×120 pixels, 0.02 megapixels; as AVIF at most 0.01 are accepted');
  await expect(render('image/jpeg', files.jpeg)).resolves.toMatchObject({ width: 160, height: 120 });
});

test('an animation of too many frames is refused by our own count, before its header is read', async () => {
  const chunk = (type: string, body: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  const limits = { ...config.limits, maxFrames: 3 };
  const order = { contentType: 'image/webp', preset, limits, keepCopyright: false } as const;
  // Frames that no decoder can read: the count is all that there is to refuse them by.
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    ...Array.from({ length: 4 }, () => chunk('ANMF', Buffer.alloc(16))),
  ]);
  const rendering = sharpRenderer().render(chunk('RIFF', body), order, async () => undefined);
  await expect(rendering).rejects.toMatchObject({ name: 'BadPicture', code: 'too-many-frames' });
});
