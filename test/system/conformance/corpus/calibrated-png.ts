import { type Case, expectAtMost, fileOf, type Outcome } from '../case.ts';
import { deltaE } from '../delta-e.ts';
import { type Colour, cube, patchCentre, patches, patchSide } from '../draw/canvas.ts';
import { png, profileChunk } from '../draw/png.ts';
import { profileOf, type Space, spaces, srgbOf, type Vector, xyzOf } from '../draw/profiles.ts';
import { colourAt, shown } from '../draw/sharp.ts';

/** PNGs that say what their samples mean by a gamma and primaries, as it was done before there were profiles, or in several ways. */

const canvas = patches(cube);
const { width, height } = canvas;

type Chunk = readonly [type: string, body: Uint8Array];
const numbers = (values: readonly number[]): Buffer => {
  const body = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    body.writeUInt32BE(Math.round(value * 100_000), 4 * index);
  });
  return body;
};
const gamma = (value: number): Chunk => ['gAMA', numbers([value])];
const primaries = ({ white, primaries }: Space): Chunk => ['cHRM', numbers([white, ...primaries].flat())];
const named: Chunk = ['sRGB', Buffer.of(0)];
const codePoints = (primaries: number, transfer: number): Chunk => ['cICP', Buffer.of(primaries, transfer, 0, 1)];
const profile = (space: Space): Chunk => profileChunk(profileOf(space));
const brokenProfile: Chunk = ['iCCP', Buffer.from('p\0\0this cannot be unpacked', 'latin1')];

const through = (space: Space, colour: Colour): Vector =>
  srgbOf(xyzOf(space, [colour[0] / 255, colour[1] / 255, colour[2] / 255])).map(
    (value) => value * 255,
  ) as unknown as Vector;

const greys = cube.map(([r, g, b]): Colour => {
  const grey = Math.round(0.3 * r + 0.6 * g + 0.1 * b);
  return [grey, grey, grey];
});

const indexes = Uint8Array.from({ length: width * height }, (_, at) => {
  const [x, y] = [at % width, Math.floor(at / width)];
  return Math.min(cube.length - 1, Math.floor(y / patchSide) * 18 + Math.floor(x / patchSide));
});

const rgbOf = (index: number): readonly number[] => {
  const [r, g, b] = cube[index] ?? [0, 0, 0];
  return [r, g, b];
};

type Sort = { readonly colours: readonly Colour[]; readonly file: (before: readonly Chunk[]) => Buffer };

const sorts = {
  'an RGB PNG': {
    colours: cube,
    file: (before) => png({ width, height, colourType: 2, rows: canvas.data, before }),
  },
  'a 16-bit PNG': {
    colours: cube,
    file: (before) =>
      png({
        width,
        height,
        depth: 16,
        colourType: 2,
        rows: Buffer.from([...canvas.data].flatMap((b) => [b, b])),
        before,
      }),
  },
  'a grey PNG': {
    colours: greys,
    file: (before) =>
      png({ width, height, colourType: 0, rows: indexes.map((index) => greys[index]?.[0] ?? 0), before }),
  },
  'a PNG with a palette': {
    colours: cube,
    file: (before) =>
      png({
        width,
        height,
        colourType: 3,
        rows: indexes,
        before: [...before, ['PLTE', Buffer.from(cube.flatMap((_, index) => rgbOf(index)))]],
      }),
  },
  'an RGBA PNG': {
    colours: cube,
    file: (before) =>
      png({
        width,
        height,
        colourType: 6,
        rows: Buffer.from([...indexes].flatMap((index) => [...rgbOf(index), index < 18 ? 128 : 255])),
        before,
      }),
  },
} as const satisfies Record<string, Sort>;

const looksLike =
  (colours: Sort['colours'], space: Space) =>
  async (outcome: Outcome): Promise<void> => {
    const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
    const distances = colours
      .map((colour, index) => {
        const [r, g, b] = colourAt(pixels, ...patchCentre(index));
        return deltaE([r, g, b], through(space, colour));
      })
      .sort((a, b) => a - b);
    expectAtMost('the mean ΔE2000', distances.reduce((sum, each) => sum + each, 0) / distances.length, 0.7);
    expectAtMost('ΔE2000 at the 99th percentile', distances[Math.ceil(distances.length * 0.99) - 1] ?? 0, 2.5);
  };

const row = (title: string, sort: Sort, before: readonly Chunk[], space: Space, quick = false): Case => ({
  group: 'calibrated',
  title,
  contentType: 'image/png',
  original: () => sort.file(before),
  check: looksLike(sort.colours, space),
  quick,
});

const withGamma = (value: number): Space => ({ ...spaces.srgb, gamma: 1 / value });
const rgb = sorts['an RGB PNG'];

export const calibratedPngs: readonly Case[] = [
  ...Object.entries(sorts).flatMap(([name, sort]) =>
    [1, 0.55, 0.7, 0.35].map((value) =>
      row(
        `${name} with a gamma of ${value} looks as bright as in browsers`,
        sort,
        [gamma(value)],
        withGamma(value),
        value === 1,
      ),
    ),
  ),
  ...(['p3', 'adobe', 'prophoto', 'rec2020'] as const).flatMap((name) =>
    [1, 1 / 1.8, 1 / 2.2].map((value) => {
      const space: Space = { ...spaces[name], gamma: 1 / value };
      return row(
        `an RGB PNG in the primaries of ${space.name} with a gamma of ${value.toFixed(3)} has the colours of those`,
        rgb,
        [gamma(value), primaries(space)],
        space,
        name === 'adobe' && value === 1,
      );
    }),
  ),
  row('a gamma of 0.45455, which most files say, is sRGB', rgb, [gamma(0.45455)], spaces.srgb, true),
  row('that gamma with the primaries of sRGB is sRGB', rgb, [gamma(0.45455), primaries(spaces.srgb)], spaces.srgb),
  row('primaries without a gamma are passed over', rgb, [primaries(spaces.adobe)], spaces.srgb),
  row('a chunk that names sRGB outweighs a gamma', rgb, [gamma(1), named], spaces.srgb, true),
  row('a chunk that names sRGB outweighs a gamma behind it', rgb, [named, gamma(1)], spaces.srgb),
  row('a profile outweighs a gamma', rgb, [profile(spaces.p3), gamma(1)], spaces.p3),
  row('code points outweigh a gamma', rgb, [codePoints(12, 13), gamma(1)], spaces.p3),
  row('a gamma counts where the profile cannot be read', rgb, [brokenProfile, gamma(1)], withGamma(1), true),
  ...(['an RGB PNG', 'a 16-bit PNG', 'a PNG with a palette'] as const).flatMap((name) => [
    row(
      `code points in ${name} outweigh the same as a profile`,
      sorts[name],
      [codePoints(12, 13), profile(spaces.p3)],
      spaces.p3,
    ),
    row(
      `code points of sRGB in ${name} outweigh a profile before them`,
      sorts[name],
      [profile(spaces.adobe), codePoints(1, 13)],
      spaces.srgb,
    ),
  ]),
  row(
    'a profile counts beside code points that are not converted',
    rgb,
    [codePoints(11, 17), profile(spaces.adobe)],
    spaces.adobe,
  ),
  row('a gamma of nothing is passed over', rgb, [gamma(0)], spaces.srgb),
  row('a gamma that no screen has is passed over', rgb, [gamma(42)], spaces.srgb),
  row('primaries that span no colours are passed over', rgb, [gamma(0.45455), ['cHRM', Buffer.alloc(32)]], spaces.srgb),
];
