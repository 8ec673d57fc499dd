import { expect, test } from '@jest/globals';
import sharp from 'sharp';
import { inspect } from '../../lib/client/inspect.ts';
import { bytesOf, noise } from '../support/pictures.ts';

const letters = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test.each([
  ['image/jpeg', () => noise(130, 110).jpeg()],
  ['image/jpeg', () => noise(130, 110).withMetadata({ orientation: 3 }).jpeg({ progressive: true })],
  ['image/png', () => noise(130, 110).png()],
  ['image/webp', () => noise(130, 110).webp()],
  ['image/webp', () => noise(130, 110).webp({ lossless: true })],
  ['image/webp', () => noise(130, 110).withMetadata().webp()],
  ['image/avif', () => noise(130, 110).avif()],
  ['image/gif', () => noise(130, 110).gif()],
])('the type and the size in pixels are read from the first bytes of %s', async (type, draw) => {
  const found = inspect(await bytesOf(draw()));
  expect(found?.type).toBe(type);
  expect(found?.size).toEqual({ width: 130, height: 110 });
});

test.each(
  (['jpeg', 'png', 'webp', 'avif'] as const).flatMap((format) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => [format, orientation] as const),
  ),
)('the size of %s with orientation %d is the upright one, as the service sees it', async (format, orientation) => {
  const bytes = await bytesOf(noise(130, 110).withMetadata({ orientation }).toFormat(format));
  const { width, height } = (await sharp(bytes).metadata()).autoOrient;
  expect(inspect(bytes)?.size).toEqual({ width, height });
});

/** A JPEG with the EXIF data that another camera writes: the other byte order, and the tag not the first. */
const withExif = (jpeg: Uint8Array, exif: string) =>
  Uint8Array.from([
    ...[0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2],
    ...letters(exif),
    ...jpeg.subarray(jpeg.indexOf(0xff, 2)),
  ]);
const motorola =
  'Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x02A\0\0\0\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0';

test('the orientation is found in either byte order, and EXIF data that is damaged turns nothing', async () => {
  const jpeg = await bytesOf(noise(130, 110).jpeg());
  const turned = withExif(jpeg, motorola);
  expect((await sharp(turned).metadata()).autoOrient).toEqual({ width: 110, height: 130 });
  expect(inspect(turned)?.size).toEqual({ width: 110, height: 130 });
  for (let length = 6; length < 30; length++)
    expect(inspect(withExif(jpeg, motorola.slice(0, length)))?.size).toEqual({ width: 130, height: 110 });
});

test('a WebP whose orientation comes after what is looked at has no size here, and the service decides', async () => {
  const bytes = await bytesOf(noise(400, 300).withMetadata({ orientation: 6 }).webp());
  expect(inspect(bytes)?.size).toEqual({ width: 300, height: 400 });
  expect(inspect(bytes.subarray(0, 1000))).toMatchObject({ type: 'image/webp', size: undefined });
});

test('an animation is told from a still picture', async () => {
  const frames = await noise(100, 200).raw().toBuffer();
  const still = await bytesOf(noise(100, 100).webp());
  const raw = { width: 100, height: 200, channels: 3, pageHeight: 100 } as const;
  const animated = await bytesOf(sharp(frames, { raw }).webp({ loop: 0 }));
  expect(inspect(animated)).toMatchObject({ type: 'image/webp', isAnimated: true, size: { width: 100, height: 100 } });
  expect(inspect(still)?.isAnimated ?? false).toBe(false);
});

test.each([
  ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'image/heic'],
  ['\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'image/heic'],
  ['\0\0\0\x18ftypisom\0\0\0\0isomavc1', 'video/mp4'],
  ['<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
  ['%PDF-1.7', 'application/pdf'],
  ['II*\0\x08\0\0\0', 'image/tiff'],
])('%j is known as %s', (head, type) => {
  expect(inspect(letters(head))?.type).toBe(type);
});

test.each(['', 'this is no picture', '\xff\xd8', 'RIFF', '\x89PNG'])('%j is no picture', (head) => {
  expect(inspect(letters(head))).toBeUndefined();
});

test('a header that was cut off anywhere is not an error', async () => {
  for (const draw of [noise(130, 110).jpeg(), noise(130, 110).webp(), noise(130, 110).avif(), noise(130, 110).png()]) {
    const bytes = await bytesOf(draw);
    for (let length = 0; length < Math.min(700, bytes.length); length++) inspect(bytes.subarray(0, length));
  }
});
