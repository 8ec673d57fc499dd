import type { ContentType } from '../../../lib/core/formats.ts';
import { avifOf, colourStream, greyStream } from '../conformance/draw/avif.ts';
import { withCodePoints } from '../conformance/draw/avif-boxes.ts';
import { cutOut, landscape, logo } from '../conformance/draw/canvas.ts';
import { inkJpeg, mixtures } from '../conformance/draw/cmyk.ts';
import { gif } from '../conformance/draw/gif.ts';
import { png, profileChunk } from '../conformance/draw/png.ts';
import { greyProfile, pressProfile, profileOf, spaces } from '../conformance/draw/profiles.ts';
import { exifBlock, withExif, withJpegProfile } from '../conformance/draw/segments.ts';
import sharp, { avif, jpeg, open, webp } from '../conformance/draw/sharp.ts';

/** Small valid files of every accepted format, with structures as different as their encoders can make them. */
export type Seed = { readonly title: string; readonly contentType: ContentType; readonly file: Buffer };

export const drawSeeds = async (): Promise<readonly Seed[]> => {
  const [photo, sign, clear] = [landscape(130, 110), logo(120, 104), cutOut(110, 108)];
  const p3 = profileOf(spaces.p3);
  const seed = (title: string, type: string, file: Buffer): Seed => ({
    title,
    contentType: `image/${type}` as ContentType,
    file,
  });
  return [
    seed('a baseline JPEG', 'jpeg', await jpeg(photo)),
    seed('a progressive JPEG', 'jpeg', await open(photo).jpeg({ progressive: true }).toBuffer()),
    seed('a grey JPEG', 'jpeg', await open(photo).toColourspace('b-w').jpeg().toBuffer()),
    seed('a JPEG in four inks', 'jpeg', await inkJpeg(mixtures.slice(0, 126), pressProfile())),
    seed('a JPEG with a profile', 'jpeg', withJpegProfile(await jpeg(photo), p3)),
    seed(
      'a JPEG with EXIF',
      'jpeg',
      withExif(
        await open(photo).jpeg().toBuffer(),
        exifBlock([[0x010f, 'Maker']], { gps: true, thumbnail: await jpeg(logo(16, 16)) }),
      ),
    ),
    seed('a turned JPEG', 'jpeg', await open(photo).withMetadata({ orientation: 6 }).jpeg().toBuffer()),
    seed('a PNG', 'png', await open(photo).png().toBuffer()),
    seed('an interlaced PNG', 'png', await open(clear).png({ progressive: true }).toBuffer()),
    seed('a PNG with a palette', 'png', await open(sign).png({ palette: true, colours: 8 }).toBuffer()),
    seed(
      'a deep grey PNG with a profile',
      'png',
      png({
        width: 104,
        height: 100,
        depth: 16,
        colourType: 0,
        rows: ramp(104 * 100 * 2),
        before: [profileChunk(greyProfile(2.2))],
      }),
    ),
    seed(
      'a PNG with gamma and primaries',
      'png',
      png({
        width: 100,
        height: 100,
        colourType: 2,
        rows: ramp(100 * 100 * 3),
        before: [
          ['gAMA', Buffer.of(0, 0, 0xb1, 0x8f)],
          ['cHRM', Buffer.from('00007a26000080840000fa0000007f18000075300000ea6000003a9800001770', 'hex')],
        ],
      }),
    ),
    seed('a WebP', 'webp', await webp(photo)),
    seed('a lossless WebP', 'webp', await open(sign).webp({ lossless: true }).toBuffer()),
    seed('a WebP with opacity', 'webp', await webp(clear)),
    seed(
      'an animated WebP',
      'webp',
      await sharp(Buffer.concat([photo.data, photo.data.toReversed()]), {
        raw: { width: 130, height: 220, channels: 3, pageHeight: 110 },
      })
        .withMetadata({ orientation: 3 })
        .webp({ effort: 0, loop: 3, delay: [40, 90] })
        .toBuffer(),
    ),
    seed('an AVIF', 'avif', await avif(photo)),
    seed('an AVIF with opacity', 'avif', await avif(clear)),
    seed('a deep AVIF with code points', 'avif', withCodePoints(await avif(photo, { bitdepth: 10 }), 9, 16)),
    seed('an AVIF with a profile', 'avif', await open(photo).withIccProfile('p3').avif({ effort: 0 }).toBuffer()),
    seed(
      'a grey AVIF',
      'avif',
      avifOf({ width: 130, height: 110, ...(await greyStream(photo)), channels: 1, codePoints: [1, 13, 6, false] }),
    ),
    seed(
      'an AVIF put together',
      'avif',
      avifOf({ width: 130, height: 110, ...(await colourStream(photo)), channels: 3 }),
    ),
    seed('a GIF', 'gif', await open(photo).gif().toBuffer()),
    seed('an animated GIF', 'gif', movingGif()),
  ];
};

const ramp = (count: number) => Buffer.from(Array.from({ length: count }, (_, index) => (index * 7) & 255));

const movingGif = (): Buffer => {
  const palette = [
    [10, 20, 30],
    [200, 60, 30],
    [30, 160, 90],
  ] as const;
  const frame = { width: 100, height: 100, pixels: new Uint8Array(10_000).fill(1), delay: 40 };
  const patch = { left: 20, top: 30, width: 40, height: 24, pixels: new Uint8Array(960).fill(2), delay: 60 };
  return gif(
    100,
    100,
    palette,
    [
      frame,
      { ...patch, disposal: 2, transparent: 0 },
      { ...patch, left: 50, disposal: 3, palette, interlaced: true },
      { ...frame, pixels: new Uint8Array(10_000).fill(2) },
    ],
    0,
  );
};
