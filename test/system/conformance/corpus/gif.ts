import { type Case, expectEqual, fileOf, made, type Outcome, refusedAs } from '../case.ts';
import { type GifFrame, gif } from '../draw/gif.ts';
import sharp, { colourAt, shown } from '../draw/sharp.ts';
import {
  blue,
  clear,
  colourOf,
  filled,
  framesOf,
  green,
  height,
  moving,
  palette,
  red,
  whole,
  width,
  yellow,
} from './animation.ts';
import { expectNear } from './orientation.ts';

/** Files that encoders and editors have left in the world, and what browsers make of them. */

type Point = readonly [x: number, y: number];
type Look = number | 'clear';

/** What is seen at one point of the canvas while each frame is shown, followed by hand through the disposals. */
const looksAt = ([x, y]: Point, frames: readonly GifFrame[]): readonly Look[] => {
  let canvas: Look = 'clear';
  return frames.map((frame) => {
    const [column, row] = [x - (frame.left ?? 0), y - (frame.top ?? 0)];
    const isInside = column >= 0 && column < frame.width && row >= 0 && row < frame.height;
    const before = canvas;
    const index = frame.pixels[row * frame.width + column] ?? 0;
    if (isInside && index !== frame.transparent) canvas = index;
    const look = canvas;
    if (isInside && frame.disposal === 2) canvas = 'clear';
    if (isInside && (frame.disposal === 3 || frame.disposal === 4)) canvas = before;
    return look;
  });
};

const looksLike =
  (frames: readonly GifFrame[], points: readonly Point[]) =>
  async (outcome: Outcome): Promise<void> => {
    const made = await framesOf(await moving(outcome));
    expectEqual('the number of frames', made.length, frames.length);
    for (const point of points)
      looksAt(point, frames).forEach((look, index) => {
        const frame = made[index];
        if (!frame) return;
        const colour = colourAt(frame, ...point);
        expectEqual(`alpha at ${point} of frame ${index}`, colour[3], look === 'clear' ? 0 : 255);
        if (look !== 'clear') expectNear(`frame ${index} at ${point}`, colour, colourOf(look), 24);
      });
  };

const disposals = [0, 1, 2, 3, 4] as const;
const names = ['unsaid', 'kept', 'cleared', 'restored', 'restored by the old number'] as const;

/** A patch whose left half is clear where it has a clear colour. */
const patchOf = (
  index: number,
  left: number,
  top: number,
  disposal: GifFrame['disposal'],
  holed: boolean,
): GifFrame => {
  const pixels = filled(index, 100, 80);
  if (holed) for (let y = 0; y < 80; y++) pixels.fill(clear, y * 100, y * 100 + 50);
  return {
    left,
    top,
    width: 100,
    height: 80,
    pixels,
    delay: 100,
    ...(disposal !== undefined && { disposal }),
    ...(holed && { transparent: clear }),
  };
};

const points: readonly Point[] = [
  [8, 8],
  [40, 35],
  [95, 65],
  [145, 90],
  [170, 115],
  [195, 145],
  [228, 170],
];

const disposalCases = disposals.flatMap((first) =>
  disposals.slice(0, 4).flatMap((second) =>
    [true, false].flatMap((covers) =>
      [true, false].map((holed): Case => {
        const frames: readonly GifFrame[] = [
          covers ? { ...whole(red), disposal: first } : patchOf(red, 20, 20, first, holed),
          patchOf(green, 80, 50, second, holed),
          patchOf(blue, 110, 80, 1, holed),
        ];
        return {
          group: 'gif',
          title: `a first frame that ${covers ? 'covers the canvas' : 'lies in a corner'}, ${names[first]}, and a second, ${names[second]}, ${holed ? 'with' : 'without'} a clear colour, look as in browsers`,
          contentType: 'image/gif',
          original: () => gif(width, height, palette, frames, 0, { background: yellow }),
          quick: second === 2 && !holed && !covers,
          check: looksLike(frames, points),
        };
      }),
    ),
  ),
);

const motionOf = async (outcome: Outcome) => {
  const { pages, delay, loop } = await sharp(await moving(outcome)).metadata();
  return { pages, delay, loop };
};

/** What a GIF can say and a WebP, or its encoder, cannot. */
const extremes: readonly {
  readonly says: string;
  readonly loop?: number;
  readonly delays: readonly number[];
  readonly shown: { readonly delay: readonly number[]; readonly loop: number };
}[] = [
  { says: '65 535 repeats', loop: 65_535, delays: [100, 100], shown: { delay: [100, 100], loop: 65_535 } },
  { says: '65 534 repeats', loop: 65_534, delays: [100, 100], shown: { delay: [100, 100], loop: 65_535 } },
  { says: 'one repeat', loop: 1, delays: [100, 100], shown: { delay: [100, 100], loop: 2 } },
  { says: 'a delay of 65.53 s', loop: 0, delays: [65_530, 100], shown: { delay: [65_530, 100], loop: 0 } },
  { says: 'a delay of 65.54 s', loop: 0, delays: [65_540, 100], shown: { delay: [65_535, 100], loop: 0 } },
  { says: 'a delay of 655.35 s', loop: 0, delays: [100, 655_350], shown: { delay: [100, 65_535], loop: 0 } },
  {
    says: 'nothing but extremes',
    loop: 65_535,
    delays: [655_350, 655_350, 655_350],
    shown: { delay: [65_535, 65_535, 65_535], loop: 65_535 },
  },
  // Browsers wait for 100 ms where a GIF says 10 or less, and the encoder writes that down.
  { says: 'a delay of 10 ms', loop: 0, delays: [10, 20], shown: { delay: [100, 20], loop: 0 } },
];

const row = (title: string, original: Case['original'], check: Case['check'], quick = false): Case => ({
  group: 'gif',
  title,
  contentType: 'image/gif',
  original,
  check,
  quick,
});

const three = [whole(red), whole(green), whole(blue)];
const ended = (ending: Uint8Array, frames: readonly GifFrame[] = three) =>
  gif(width, height, palette, frames, 0, { ending });
const nothing = new Uint8Array(0);
const oneWhole = gif(width, height, palette, [whole(red)], 0);

/** The first so many bytes of the pixels of a frame, as they are of one more frame of a file that breaks off. */
const begunFrame = (bytes: number): Buffer => {
  const withOne = gif(width, height, palette, [whole(blue)], undefined, { ending: nothing });
  return withOne.subarray(13 + 48, 13 + 48 + 8 + 11 + bytes);
};

const plays = (count: number) => async (outcome: Outcome) => {
  expectEqual('frames', (await motionOf(outcome)).pages, count);
  const frames = await framesOf(await moving(outcome));
  frames.forEach((frame, index) => {
    expectNear(`frame ${index}`, colourAt(frame, 100, 100), colourOf(index + 1), 24);
  });
};

const endings: readonly (readonly [title: string, bytes: () => Uint8Array, frames: number])[] = [
  ['without a trailer', () => ended(nothing), 3],
  ['with zeros instead of a trailer', () => ended(Buffer.alloc(20)), 3],
  ['that goes on with bytes that are no block', () => ended(Buffer.from('<html>not found</html>')), 3],
  ['with two trailers', () => ended(Buffer.of(0x3b, 0x3b)), 3],
  ['with a comment that breaks off', () => ended(Buffer.from('\x21\xfe\x40half of a comm', 'latin1')), 3],
  ['with a control block and nothing behind it', () => ended(Buffer.of(0x21, 0xf9, 4, 0, 10, 0, 0, 0)), 3],
  ['whose next frame has only its header', () => ended(begunFrame(0)), 3],
  ['whose next frame breaks off', () => ended(begunFrame(300)), 3],
];

/** One byte of the pixels of the third of three frames says a code that no encoder could have written there. */
const damagedThird = (): Buffer => {
  const file = ended(Buffer.of(0x3b));
  const third = ended(nothing, three.slice(0, 2)).length + 8 + 11;
  // Right after the first clear code (five bits), the first code is no colour.
  file[third + 1] = 0xf0;
  file[third + 2] = 0xff;
  return file;
};

export const gifs: readonly Case[] = [
  ...disposalCases,
  ...extremes.map(({ says, loop, delays, shown }) =>
    row(
      `a GIF that says ${says} is made, as near as WebP can say it`,
      () =>
        gif(
          width,
          height,
          palette,
          delays.map((delay, index) => whole(index + 1, delay)),
          loop,
        ),
      async (outcome) => expectEqual('the motion', await motionOf(outcome), { pages: delays.length, ...shown }),
      true,
    ),
  ),
  ...endings.map(([title, bytes, frames], index) =>
    row(`a GIF ${title} shows its whole frames`, bytes, plays(frames), index % 3 === 0),
  ),
  row('a GIF with damage in its third frame shows the two before it', damagedThird, plays(2), true),
  row(
    'a GIF that breaks off in its only frame is corrupt',
    () => oneWhole.subarray(0, Math.floor(oneWhole.length / 2)),
    refusedAs('corrupt'),
  ),
  row('a GIF that breaks off before its first frame is corrupt', () => oneWhole.subarray(0, 70), refusedAs('corrupt')),
  row(
    'a still GIF without a trailer is whole',
    () => oneWhole.subarray(0, -1),
    async (outcome) => {
      const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
      expectNear('the picture', colourAt(pixels, 120, 90), colourOf(red), 2);
    },
  ),
  row(
    'an interlaced GIF has its rows in their places',
    () => {
      const pixels = Uint8Array.from({ length: width * height }, (_, at) => 1 + (Math.floor(at / width / 10) % 4));
      return gif(width, height, palette, [{ width, height, pixels, delay: 0, interlaced: true }]);
    },
    async (outcome) => {
      const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
      for (let y = 0; y < height; y++)
        expectNear(`row ${y}`, colourAt(pixels, 120, y), colourOf(1 + (Math.floor(y / 10) % 4)), 2);
    },
    true,
  ),
  row(
    'each frame of a GIF has the colours of its own',
    () => gif(width, height, palette, [whole(red), { ...whole(red), palette: [...palette].reverse() }], 0),
    async (outcome) => {
      const [first, second] = await framesOf(await moving(outcome));
      if (!first || !second) throw new Error('there are no two frames');
      expectNear('the common colours', colourAt(first, 100, 100), colourOf(red), 24);
      expectNear('its own colours', colourAt(second, 100, 100), colourOf(yellow), 24);
    },
  ),
  ...(
    [
      ['in a corner', { left: 0, top: 0, width: 120, height: 90 }],
      ['in the middle', { left: 60, top: 45, width: 120, height: 90 }],
      ['as a strip', { left: 0, top: 60, width: 240, height: 40 }],
    ] as const
  ).map(([where, place]) =>
    row(
      `a still GIF whose picture lies ${where} of its canvas is clear around it, also with a background colour`,
      () =>
        gif(
          width,
          height,
          palette,
          [{ ...place, pixels: filled(red, place.width, place.height), delay: 0 }],
          undefined,
          { background: yellow },
        ),
      async (outcome) => {
        expectEqual('the kind', made(outcome).kind, 'transparent');
        const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
        const inside = colourAt(pixels, place.left + place.width / 2, place.top + place.height / 2);
        expectNear('inside', inside, colourOf(red), 2);
        expectEqual('alpha inside and outside', [inside[3], colourAt(pixels, 235, 175)[3]], [255, 0]);
      },
      true,
    ),
  ),
  row(
    'a GIF whose first frame is larger than its canvas has the size of the frame',
    () => gif(100, 100, palette, [whole(green)]),
    (outcome) => expectEqual('the size', [made(outcome).width, made(outcome).height], [width, height]),
  ),
  row(
    'what a later frame has outside of the canvas is cut off',
    () => gif(width, height, palette, [whole(red), { ...whole(green), left: 120, top: 90 }], 0),
    looksLike(
      [whole(red), { ...whole(green), left: 120, top: 90 }],
      [
        [60, 60],
        [180, 130],
        [239, 179],
      ],
    ),
  ),
  row(
    'frames that hold far more than the canvas shows are too big, by their headers alone',
    () => {
      const file = gif(width, height, palette, [whole(red), whole(green), whole(blue)], 0);
      const second = ended(nothing, three.slice(0, 1)).length + 8;
      file.writeUInt16LE(65_000, second + 5);
      file.writeUInt16LE(65_000, second + 7);
      return file;
    },
    refusedAs('too-big', /frames of the GIF/),
  ),
];
