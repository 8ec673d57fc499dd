import { shippedPresets } from '../../../../lib/core/presets.ts';
import { type Case, expectEqual, fileOf, made } from '../case.ts';
import { draw, landscape, quarters } from '../draw/canvas.ts';
import { png } from '../draw/png.ts';
import { colourAt, jpeg, open, shown } from '../draw/sharp.ts';
import { isExactly } from './presets.ts';

type Size = readonly [width: number, height: number];

const thumbs: Record<string, Size> = { '256w': [256, 256], '128w': [128, 128], '64w': [64, 64] };

/** What each name of the default preset comes to for an original of this size, worked out by hand. */
const table: readonly {
  readonly size: Size;
  readonly sizes: Readonly<Record<string, Size>>;
  readonly tiny?: boolean;
  readonly quick?: boolean;
}[] = [
  { size: [100, 100], sizes: all([100, 100], [100, 100], [100, 100], [64, 64]), quick: true },
  { size: [101, 307], sizes: all([101, 307], [101, 101], [101, 101], [64, 64]) },
  { size: [333, 777], sizes: { ...all([333, 777], [256, 256], [128, 128], [64, 64]), '320w': [320, 747] } },
  {
    size: [1281, 853],
    sizes: { '1280w': [1280, 852], '960w': [960, 639], '640w': [640, 426], '320w': [320, 213], ...thumbs },
  },
  {
    size: [3001, 201],
    sizes: {
      '1280w': [1280, 86],
      '960w': [960, 64],
      '640w': [640, 43],
      '320w': [320, 21],
      '256w': [201, 201],
      '128w': [128, 128],
      '64w': [64, 64],
    },
  },
  {
    size: [10_000, 100],
    sizes: {
      '1280w': [1280, 13],
      '960w': [960, 10],
      '640w': [640, 6],
      '320w': [320, 3],
      '256w': [100, 100],
      '128w': [100, 100],
      '64w': [64, 64],
    },
  },
  { size: [100, 10_000], sizes: all([100, 10_000], [100, 100], [100, 100], [64, 64]) },
  { size: [1, 1], sizes: all([1, 1], [1, 1], [1, 1], [1, 1]), tiny: true, quick: true },
  { size: [1, 900], sizes: all([1, 900], [1, 1], [1, 1], [1, 1]), tiny: true },
  {
    size: [5000, 1],
    sizes: {
      '1280w': [1280, 1],
      '960w': [960, 1],
      '640w': [640, 1],
      '320w': [320, 1],
      '256w': [1, 1],
      '128w': [1, 1],
      '64w': [1, 1],
    },
    tiny: true,
    quick: true,
  },
  {
    size: [9999, 7],
    sizes: {
      '1280w': [1280, 1],
      '960w': [960, 1],
      '640w': [640, 1],
      '320w': [320, 1],
      '256w': [7, 7],
      '128w': [7, 7],
      '64w': [7, 7],
    },
    tiny: true,
  },
];

function all(whole: Size, w256: Size, w128: Size, w64: Size): Record<string, Size> {
  return { '1280w': whole, '960w': whole, '640w': whole, '320w': whole, '256w': w256, '128w': w128, '64w': w64 };
}

export const shapes: readonly Case[] = [
  ...table.flatMap(({ size: [width, height], sizes, tiny, quick }) =>
    (['png', 'jpeg'] as const).map(
      (format): Case => ({
        group: 'shape',
        title: `${width}×${height} as ${format} has every name, nothing enlarged`,
        contentType: `image/${format}`,
        original: () =>
          format === 'png' ? open(landscape(width, height)).png().toBuffer() : jpeg(landscape(width, height)),
        quick: quick === true && format === 'png',
        ...(tiny && { settings: { limits: { minWidth: 1, minHeight: 1 } } }),
        check: async (outcome) => {
          const formats = [...new Set(made(outcome).files.map((file) => file.format))];
          const expected = Object.entries(sizes).flatMap(([name, [w, h]]) =>
            formats.map((format) => ({ name: `${name}.${format}`, width: w, height: h })),
          );
          await isExactly(outcome, expected);
        },
      }),
    ),
  ),
  {
    group: 'shape',
    title: 'a square of 10 000 pixels a side is made',
    contentType: 'image/png',
    original: () => png({ width: 10_000, height: 10_000, depth: 1, colourType: 0, rows: striped(10_000) }),
    check: async (outcome) => {
      expectEqual('the size', [made(outcome).width, made(outcome).height], [10_000, 10_000]);
      const { width, height } = await shown(await fileOf(outcome, '1280w', 'webp').bytes());
      expectEqual('the largest variant', [width, height], [1280, 1280]);
    },
  },
  ...(['attention', 'centre'] as const).map(
    (position): Case => ({
      group: 'shape',
      title: `a crop by ${position} ${position === 'attention' ? 'keeps' : 'loses'} what draws the eye at the edge`,
      contentType: 'image/jpeg',
      original: () => jpeg(withMark(900, 300)),
      quick: true,
      settings: {
        preset: {
          ...shippedPresets.web,
          variants: [{ name: 'crop', width: 100, height: 100, fit: 'cover', position }],
        },
      },
      check: async (outcome) => {
        const pixels = await shown(await fileOf(outcome, 'crop', 'webp').bytes());
        let marked = 0;
        for (let x = 0; x < 100; x++) if ((colourAt(pixels, x, 50)[1] ?? 255) < 110) marked++;
        expectEqual('the mark is in the crop', marked > 10, position === 'attention');
      },
    }),
  ),
  {
    group: 'shape',
    title: 'names that come out identical are byte for byte the same file',
    contentType: 'image/png',
    original: () => open(quarters(200, 120)).png().toBuffer(),
    check: (outcome) => {
      const digests = ['1280w', '960w', '640w', '320w'].map((name) => fileOf(outcome, name, 'webp').sha256);
      expectEqual('the number of different files', new Set(digests).size, 1);
    },
  },
];

/** Plain, with a strong mark near the left edge. */
const withMark = (width: number, height: number) =>
  draw(width, height, (x, y) => (x > 60 && x < 150 && y > 90 && y < 210 ? [230, 30, 30] : [225, 228, 230]));

const striped = (side: number): Buffer => {
  const rows = Buffer.alloc((side / 8) * side);
  for (let y = 0; y < side; y += 2) rows.fill(y % 400 < 200 ? 0xf0 : 0xff, (y * side) / 8, ((y + 1) * side) / 8);
  return rows;
};
