import { type Case, expectAtMost, expectEqual, fileOf, type Outcome } from '../case.ts';
import { deltaE } from '../delta-e.ts';
import { withCodePoints } from '../draw/avif-boxes.ts';
import { type Colour, cube, draw, patchCentre, patches, patchSide } from '../draw/canvas.ts';
import { cmykJpeg, inkJpeg, mixtures, printed, usualPress } from '../draw/cmyk.ts';
import { brightest, gainMapJpeg } from '../draw/gain-map.ts';
import { chunk, png, profileChunk } from '../draw/png.ts';
import {
  greyProfile,
  pressProfile,
  profileOf,
  type Space,
  spaces,
  srgbOf,
  type Vector,
  xyzOf,
} from '../draw/profiles.ts';
import { withJpegProfile, withSegment } from '../draw/segments.ts';
import { avif, colourAt, jpeg, open, shown } from '../draw/sharp.ts';
import { expectNear } from './orientation.ts';

const canvas = patches(cube);
const wide = [spaces.p3, spaces.adobe, spaces.prophoto, spaces.rec2020];

/** What a colour of the space looks like in sRGB, in arithmetic of its own. */
const reference =
  (space: Space) =>
  (colour: Colour): Vector =>
    srgbOf(xyzOf(space, [colour[0] / 255, colour[1] / 255, colour[2] / 255])).map(
      (value) => value * 255,
    ) as unknown as Vector;

const likeReference =
  (expected: (colour: Colour, index: number) => Vector, limits = { mean: 1, p99: 3 }, colours = cube) =>
  async (outcome: Outcome): Promise<void> => {
    const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
    const distances = colours
      .map((colour, index) => {
        const [r, g, b] = colourAt(pixels, ...patchCentre(index));
        return deltaE([r, g, b], expected(colour, index));
      })
      .sort((a, b) => a - b);
    const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
    expectAtMost('the mean ΔE2000', mean, limits.mean);
    expectAtMost('ΔE2000 at the 99th percentile', distances[Math.ceil(distances.length * 0.99) - 1] ?? 0, limits.p99);
  };

const { width, height } = canvas;
const deep = (bytes: Buffer) => Buffer.from([...bytes].flatMap((byte) => [byte, byte]));
const luma = ([r, g, b]: Colour) => Math.round(0.3 * r + 0.6 * g + 0.1 * b);
const greys = draw(width, height, (x, y) => {
  const at = (y * width + x) * 3;
  const grey = luma([canvas.data[at] ?? 0, canvas.data[at + 1] ?? 0, canvas.data[at + 2] ?? 0]);
  return [grey, grey, grey];
});
const oneChannel = (bytes: Buffer) => Buffer.from(bytes.filter((_, at) => at % 3 === 0));

const spaced = (
  title: string,
  contentType: Case['contentType'],
  original: Case['original'],
  space: Space,
  quick = false,
): Case => ({
  group: 'colour',
  title,
  contentType,
  original,
  quick,
  check: likeReference(reference(space)),
});

export const colour: readonly Case[] = [
  ...wide.flatMap((space) => [
    spaced(
      `${space.name} in a PNG comes out as sRGB`,
      'image/png',
      () => png({ width, height, colourType: 2, rows: canvas.data, before: [profileChunk(profileOf(space))] }),
      space,
      true,
    ),
    spaced(
      `${space.name} in a 16-bit PNG comes out as sRGB`,
      'image/png',
      () =>
        png({
          width,
          height,
          depth: 16,
          colourType: 2,
          rows: deep(canvas.data),
          before: [profileChunk(profileOf(space))],
        }),
      space,
      space === spaces.p3,
    ),
    spaced(
      `${space.name} in a JPEG comes out as sRGB`,
      'image/jpeg',
      async () => withJpegProfile(await jpeg(canvas, 100), profileOf(space)),
      space,
    ),
  ]),
  spaced(
    'sRGB with its profile stays as it is',
    'image/png',
    () => png({ width, height, colourType: 2, rows: canvas.data, before: [profileChunk(profileOf(spaces.srgb))] }),
    spaces.srgb,
  ),
  spaced(
    'pixels without a profile are sRGB',
    'image/png',
    () => png({ width, height, colourType: 2, rows: canvas.data }),
    spaces.srgb,
    true,
  ),
  spaced(
    '16-bit pixels without a profile are sRGB',
    'image/png',
    () => png({ width, height, depth: 16, colourType: 2, rows: deep(canvas.data) }),
    spaces.srgb,
  ),
  spaced(
    'a broken profile is ignored',
    'image/png',
    () =>
      png({
        width,
        height,
        colourType: 2,
        rows: canvas.data,
        before: [profileChunk(Buffer.from('not a profile at all'))],
      }),
    spaces.srgb,
  ),
  {
    group: 'colour',
    title: 'a palette PNG keeps its colours',
    contentType: 'image/png',
    original: () =>
      png({
        width,
        height,
        colourType: 3,
        rows: Uint8Array.from({ length: width * height }, (_, at) => {
          const [x, y] = [at % width, Math.floor(at / width)];
          return Math.floor(y / patchSide) * 18 + Math.floor(x / patchSide);
        }),
        before: [['PLTE', Buffer.from(cube.flat() as number[])]],
      }),
    check: likeReference(reference(spaces.srgb)),
  },
  {
    group: 'colour',
    title: 'an 8-bit greyscale PNG keeps its greys',
    contentType: 'image/png',
    original: () => png({ width, height, colourType: 0, rows: oneChannel(greys.data) }),
    quick: true,
    check: likeReference((colour) => [luma(colour), luma(colour), luma(colour)]),
  },
  {
    group: 'colour',
    title: 'a 16-bit greyscale PNG keeps its greys',
    contentType: 'image/png',
    original: () => png({ width, height, depth: 16, colourType: 0, rows: deep(oneChannel(greys.data)) }),
    check: likeReference((colour) => [luma(colour), luma(colour), luma(colour)]),
  },
  {
    group: 'colour',
    title: 'a greyscale PNG with a profile of gamma 1.8 comes out as sRGB',
    contentType: 'image/png',
    original: () =>
      png({ width, height, colourType: 0, rows: oneChannel(greys.data), before: [profileChunk(greyProfile(1.8))] }),
    check: likeReference((colour) => greyReference(luma(colour), 1.8)),
  },
  {
    group: 'colour',
    title: 'a 16-bit greyscale PNG with a profile of gamma 1.8 comes out as sRGB',
    contentType: 'image/png',
    original: () =>
      png({
        width,
        height,
        depth: 16,
        colourType: 0,
        rows: deep(oneChannel(greys.data)),
        before: [profileChunk(greyProfile(1.8))],
      }),
    check: likeReference((colour) => greyReference(luma(colour), 1.8)),
  },
  {
    group: 'colour',
    title: 'a greyscale JPEG keeps its greys',
    contentType: 'image/jpeg',
    original: () => open(greys).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer(),
    check: likeReference((colour) => [luma(colour), luma(colour), luma(colour)]),
  },
  ...(
    [
      ['a CMYK JPEG with a profile comes out as its inks look on paper', () => cmykJpeg(cube, true), cube.length],
      ['a CMYK JPEG without a profile comes out as its inks look on paper', () => cmykJpeg(cube, false), cube.length],
      [
        'every mixture of inks, rich blacks too, comes out as on the press of its profile',
        () => inMixtures(usualPress()),
      ],
      ['every mixture of inks comes out as on a press with an 8-bit table', () => inMixtures(pressProfile())],
      ['every mixture of inks without a profile comes out as on a usual press', () => inMixtures(undefined)],
    ] as const
  ).map(
    ([title, original, count = mixtures.length], index): Case => ({
      group: 'colour',
      title,
      contentType: 'image/jpeg',
      original,
      quick: index === 0,
      check: async (outcome) => {
        const looks = await printed(await original(), count);
        await likeReference((_, index) => looks[index] ?? [0, 0, 0], undefined, looks)(outcome);
      },
    }),
  ),
  {
    group: 'colour',
    title: 'an AVIF in Display P3 by code points comes out as sRGB',
    contentType: 'image/avif',
    original: async () => withCodePoints(await avif(canvas, { quality: 100 }), 12, 13),
    quick: true,
    check: likeReference(reference(spaces.p3), { mean: 1.5, p99: 5 }),
  },
  {
    group: 'colour',
    title: 'an AVIF in Rec. 2020 by code points comes out as sRGB',
    contentType: 'image/avif',
    original: async () => withCodePoints(await avif(canvas, { quality: 100, bitdepth: 10 }), 9, 13),
    check: likeReference(reference(spaces.rec2020), { mean: 1.5, p99: 5 }),
  },
  {
    group: 'colour',
    title: 'a PNG in Display P3 by code points comes out as sRGB',
    contentType: 'image/png',
    original: () =>
      png({ width, height, colourType: 2, rows: canvas.data, before: [['cICP', Buffer.of(12, 13, 0, 1)]] }),
    check: likeReference(reference(spaces.p3)),
  },
  ...(
    [
      ['PQ', 16, 0.58, 0.75],
      ['HLG', 18, 0.75, 0.5],
    ] as const
  ).map(
    ([name, transfer, white, middle]): Case => ({
      group: 'colour',
      title: `an HDR AVIF (${name}) comes out as a sane SDR picture: white stays light, middle grey in the middle`,
      contentType: 'image/avif',
      original: async () => {
        const steps = draw(300, 200, (x) => {
          const level = Math.round(255 * (x < 100 ? white : x < 200 ? white * middle : 0.02));
          return [level, level, level];
        });
        return withCodePoints(await avif(steps, { quality: 95, bitdepth: 10 }), 9, transfer);
      },
      check: async (outcome) => {
        const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
        const [light, mid, dark] = [50, 150, 250].map((x) => colourAt(pixels, x, 100)[1]);
        if (!light || light < 200) throw new Error(`diffuse white comes out at ${light}`);
        if (!mid || mid < 60 || mid > 190) throw new Error(`middle grey comes out at ${mid}`);
        expectAtMost('the darkest level', dark ?? 255, 40);
      },
    }),
  ),
  {
    group: 'colour',
    title: 'a JPEG with an HDR gain map behind it shows its SDR picture, and the map is gone',
    contentType: 'image/jpeg',
    original: async () => {
      const base = await jpeg(canvas, 100);
      const map = await jpeg(draw(72, 48, () => [128, 128, 128]));
      const xmp =
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"/></x:xmpmeta>';
      return Buffer.concat([withSegment(base, 0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmp}`)), map]);
    },
    check: likeReference(reference(spaces.srgb)),
  },
  {
    group: 'colour',
    title: 'a turned JPEG with a gain map (ISO 21496-1) is turned, and keeps nothing of the map',
    contentType: 'image/jpeg',
    original: () => gainMapJpeg(800, 600, 6),
    enough: 'small',
    check: async (outcome) => {
      const bytes = Buffer.from(await fileOf(outcome, '320w', 'jpeg').bytes());
      expectEqual('the marks of a gain map', bytes.includes('urn:iso:std:iso:ts:21496'), false);
      const [x = 0, y = 0] = brightest(await shown(bytes), 190) ?? [];
      expectAtMost(
        'the way of the brightest part from its place',
        Math.max(Math.abs(x - 0.7), Math.abs(y - 0.2)),
        0.01,
      );
    },
  },
  {
    group: 'colour',
    title: 'a JPEG without chroma keeps black black and white white',
    contentType: 'image/jpeg',
    original: () =>
      jpeg(
        draw(300, 200, (x) => (x < 150 ? [0, 0, 0] : [255, 255, 255])),
        100,
      ),
    check: async (outcome) => {
      const pixels = await shown(await fileOf(outcome, '1280w', 'webp').bytes());
      expectNear('black', colourAt(pixels, 40, 100), [0, 0, 0], 4);
      expectNear('white', colourAt(pixels, 260, 100), [255, 255, 255], 4);
    },
  },
  {
    group: 'colour',
    title: 'text chunks between the pixels do not disturb them',
    contentType: 'image/png',
    original: () => {
      const whole = png({ width, height, colourType: 2, rows: canvas.data });
      return Buffer.concat([whole.subarray(0, -12), chunk('tEXt', Buffer.from('Comment\0late')), whole.subarray(-12)]);
    },
    check: likeReference(reference(spaces.srgb)),
  },
];

const inMixtures = async (profile: Buffer | Promise<Buffer> | undefined) => inkJpeg(mixtures, await profile);

const greyReference = (grey: number, gamma: number): Vector => {
  const light = (grey / 255) ** gamma;
  const value = 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
  return [value, value, value];
};
