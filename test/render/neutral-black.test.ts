import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withNeutralBlack } from '../../lib/render/neutral-black.ts';
import { patchCentre } from '../system/conformance/draw/canvas.ts';
import { type Inks, inkJpeg } from '../system/conformance/draw/cmyk.ts';
import { greyProfile, pressProfile } from '../system/conformance/draw/profiles.ts';
import { withExif, withJpegProfile, withSegment } from '../system/conformance/draw/segments.ts';
import sharp, { colourAt, shown } from '../system/conformance/draw/sharp.ts';

const inks: readonly Inks[] = [
  [255, 255, 255, 255],
  [153, 102, 102, 255],
];
const plain = await inkJpeg(inks);
const press = pressProfile();
const changed = (at: number, ...bytes: number[]): Buffer => {
  const copy = Buffer.from(press);
  copy.set(bytes, at);
  return copy;
};
const tableAt = press.readUInt32BE(132 + 12 * 2 + 4);
// Four curves of 256 bytes, the grid, and three curves more.
const gridEnd = tableAt + 48 + 4 * 256 + 3 * 9 ** 4;
const neutral = (profile: Buffer) => withNeutralBlack(plain, { icc: profile });
const profileOf = async (file: Uint8Array) => (await sharp(file).metadata()).icc;

test('this version of the colour engine still tints shadows by itself; when it no longer does, neutral-black.ts can go', async () => {
  const file = withJpegProfile(plain, press);
  const blue = async (bytes: Uint8Array) => colourAt(await shown(bytes), ...patchCentre(1))[2];
  expect(await blue(await withNeutralBlack(file, { icc: press }))).toBeGreaterThan((await blue(file)) + 3);
});

test('the profile differs in nothing but the tint of its darkest colour', async () => {
  const made = (await profileOf(await neutral(press))) ?? Buffer.alloc(0);
  const differing = [...press.keys()].filter((at) => made[at] !== press[at]);
  expect(made).toHaveLength(press.length);
  expect(differing).toEqual([gridEnd - 2, gridEnd - 1]);
  expect([made[gridEnd - 2], made[gridEnd - 1]]).toEqual([128, 128]);
});

test('inks and metadata stay, and there is one profile where there were others', async () => {
  const file = withExif(withJpegProfile(plain, Buffer.alloc(200_000, 7)), Buffer.from('II*\0\b\0\0\0\0\0\0\0\0\0'));
  const made = await withNeutralBlack(file, { icc: press });
  const inksOf = (bytes: Uint8Array) => sharp(bytes).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
  expect(await inksOf(made)).toEqual(await inksOf(plain));
  expect((await sharp(made).metadata()).exif).toEqual((await sharp(file).metadata()).exif);
  expect(await profileOf(made)).toHaveLength(press.length);
});

test('a segment of the same kind that holds something else stays, such as the list of pictures of a camera', async () => {
  const list = Buffer.concat([Buffer.from('MPF\0'), Buffer.alloc(40, 3)]);
  const made = await withNeutralBlack(withSegment(withJpegProfile(plain, press), 0xe2, list), { icc: press });
  expect(Buffer.from(made).includes(list)).toBe(true);
  expect(await profileOf(made)).toHaveLength(press.length);
});

test.each([
  ['of greys', greyProfile(2.2)],
  ['of version 4', changed(8, 4)],
  ['without a table', changed(132 + 12 * 2, 0)],
  ['whose table is of another type', changed(tableAt, 0)],
  ['whose table is for three inks', changed(tableAt + 8, 3)],
  ['whose grid would not fit', changed(tableAt + 10, 255)],
  ['whose table begins behind its end', changed(132 + 12 * 2 + 4, 255, 255, 255, 255)],
  ['whose curves fall', changed(gridEnd, ...Array(3 * 256).fill(255))],
  ['with nothing in it', Buffer.alloc(0)],
])('a profile %s is left as it is', async (_, profile) => {
  expect(await neutral(profile)).toBe(plain);
});

test('no profile and no file breaks it', async () => {
  const file = withJpegProfile(plain, press);
  await fc.assert(
    fc.asyncProperty(fc.nat(press.length), fc.nat(file.length), fc.uint8Array(), async (kept, whole, noise) => {
      const profile = Buffer.concat([press.subarray(0, kept), noise]);
      await withNeutralBlack(file.subarray(0, whole), { icc: profile });
      await withNeutralBlack(Buffer.concat([file.subarray(0, whole), noise]), { icc: press });
    }),
  );
});
