import type { Preset } from '../../../../lib/core/presets.ts';
import { shippedPresets } from '../../../../lib/core/presets.ts';
import { type Case, expectEqual, fileOf, made, type Outcome } from '../case.ts';
import type { Canvas, Colour } from '../draw/canvas.ts';
import { type GifFrame, gif, type Palette } from '../draw/gif.ts';
import sharp, { colourAt, shown } from '../draw/sharp.ts';
import { expectNear } from './orientation.ts';

export const palette: Palette = [
  [0, 0, 0],
  [220, 40, 40],
  [40, 170, 60],
  [40, 70, 200],
  [240, 210, 40],
  [255, 255, 255],
];
export const [red, green, blue, yellow, clear] = [1, 2, 3, 4, 15];
export const colourOf = (index: number): Colour => palette[index] ?? [0, 0, 0];

export const [width, height] = [240, 180];
export const filled = (index: number, w = width, h = height) => new Uint8Array(w * h).fill(index);
export const whole = (index: number, delay = 100): GifFrame => ({ width, height, pixels: filled(index), delay });
export const patch = (index: number, left: number, top: number, more: Partial<GifFrame> = {}): GifFrame => ({
  left,
  top,
  width: 60,
  height: 60,
  pixels: filled(index, 60, 60),
  delay: 100,
  ...more,
});

/** The frames of an animated file, as they are shown. */
export const framesOf = async (bytes: Uint8Array): Promise<readonly Canvas[]> => {
  const { data, info } = await sharp(bytes, { animated: true }).raw().toBuffer({ resolveWithObject: true });
  const frameHeight = info.pageHeight ?? info.height;
  const size = info.width * frameHeight * info.channels;
  return Array.from({ length: info.height / frameHeight }, (_, frame) => ({
    data: data.subarray(frame * size, (frame + 1) * size),
    width: info.width,
    height: frameHeight,
    channels: info.channels === 4 ? 4 : 3,
  }));
};

export const moving = (outcome: Outcome, name = '1280w') => fileOf(outcome, name, 'webp').bytes();

export const shows =
  (...expected: readonly (readonly { readonly at: readonly [number, number]; readonly is: Colour | 'clear' }[])[]) =>
  async (outcome: Outcome): Promise<void> => {
    const frames = await framesOf(await moving(outcome));
    expectEqual('the number of frames', frames.length, expected.length);
    expected.forEach((points, index) => {
      for (const { at, is } of points) {
        const frame = frames[index];
        if (!frame) continue;
        const colour = colourAt(frame, ...at);
        if (is === 'clear') expectEqual(`alpha at ${at} of frame ${index}`, colour[3], 0);
        else expectNear(`frame ${index} at ${at}`, colour, is, 24);
      }
    });
  };

export const animatedWebp = async (
  frames: readonly Colour[],
  options: { loop: number; delay: number[] },
): Promise<Buffer> => {
  const data = Buffer.concat(frames.map(([r, g, b]) => Buffer.alloc(width * height * 3, Buffer.of(r, g, b))));
  return sharp(data, { raw: { width, height: height * frames.length, channels: 3, pageHeight: height } })
    .webp(options)
    .toBuffer();
};

/** White, with a mark near the left edge. */
const withMark = (index: number): GifFrame => {
  const pixels = filled(5);
  for (let y = 60; y < 120; y++) pixels.fill(index, y * width + 10, y * width + 60);
  return { ...whole(5), pixels };
};

const attentive: Preset = {
  ...shippedPresets.web,
  variants: [{ name: 'crop', width: 64, height: 64, fit: 'cover', position: 'attention' }],
};

const row = (title: string, original: Case['original'], check: Case['check'], more: Partial<Case> = {}): Case => ({
  group: 'animation',
  title,
  contentType: 'image/gif',
  original,
  check,
  ...more,
});

export const animation: readonly Case[] = [
  row(
    'a GIF keeps frames, delays and loop count',
    () => gif(width, height, palette, [whole(red, 50), whole(green, 120), whole(blue, 300)], 3),
    async (outcome) => {
      expectEqual('the kind', made(outcome).kind, 'animated');
      for (const name of ['1280w', '64w']) {
        const { pages, delay, loop } = await sharp(await moving(outcome, name)).metadata();
        // A GIF says how often it is repeated, a WebP how often it is shown.
        expectEqual(
          `frames, delays, loops of ${name}`,
          { pages, delay, loop },
          { pages: 3, delay: [50, 120, 300], loop: 4 },
        );
      }
    },
    { quick: true },
  ),
  row(
    'a GIF that loops for ever goes on for ever',
    () => gif(width, height, palette, [whole(red), whole(green)], 0),
    async (outcome) => expectEqual('the loop count', (await sharp(await moving(outcome)).metadata()).loop, 0),
  ),
  row(
    'a GIF without a loop count plays once',
    () => gif(width, height, palette, [whole(red), whole(green)]),
    async (outcome) => expectEqual('the loop count', (await sharp(await moving(outcome)).metadata()).loop, 1),
  ),
  row(
    'a frame that stays (disposal 1) is seen under the next',
    () => gif(width, height, palette, [whole(red), patch(green, 20, 20, { disposal: 1 }), patch(blue, 120, 90)], 0),
    shows(
      [{ at: [50, 50], is: colourOf(red) }],
      [{ at: [50, 50], is: colourOf(green) }],
      [
        { at: [50, 50], is: colourOf(green) },
        { at: [150, 120], is: colourOf(blue) },
      ],
    ),
    { quick: true },
  ),
  row(
    'a frame that clears itself (disposal 2) leaves a hole',
    () =>
      gif(
        width,
        height,
        palette,
        [
          { ...whole(clear), transparent: clear },
          patch(green, 20, 20, { disposal: 2, transparent: clear }),
          patch(blue, 120, 90, { transparent: clear }),
        ],
        0,
      ),
    shows(
      [{ at: [50, 50], is: 'clear' }],
      [{ at: [50, 50], is: colourOf(green) }],
      [
        { at: [50, 50], is: 'clear' },
        { at: [150, 120], is: colourOf(blue) },
      ],
    ),
  ),
  row(
    'a frame that restores (disposal 3) gives back what it covered',
    () => gif(width, height, palette, [whole(red), patch(green, 20, 20, { disposal: 3 }), patch(blue, 120, 90)], 0),
    shows(
      [{ at: [50, 50], is: colourOf(red) }],
      [{ at: [50, 50], is: colourOf(green) }],
      [
        { at: [50, 50], is: colourOf(red) },
        { at: [150, 120], is: colourOf(blue) },
      ],
    ),
  ),
  row(
    'clear pixels of a later frame let the earlier one through',
    () =>
      gif(
        width,
        height,
        palette,
        [whole(red), { ...whole(clear), transparent: clear, pixels: filled(clear).fill(yellow, 0, width * 90) }],
        0,
      ),
    shows(
      [{ at: [100, 150], is: colourOf(red) }],
      [
        { at: [100, 30], is: colourOf(yellow) },
        { at: [100, 150], is: colourOf(red) },
      ],
    ),
  ),
  row(
    'frames do not bleed into each other where they are stacked',
    () => gif(width, height, palette, [whole(red), whole(green), whole(blue)], 0),
    async (outcome) => {
      const frames = await framesOf(await moving(outcome, '128w'));
      for (const [index, colour] of [red, green, blue].entries()) {
        const frame = frames[index];
        if (!frame) throw new Error(`frame ${index} is missing`);
        for (const y of [0, frame.height - 1])
          expectNear(`row ${y} of frame ${index}`, colourAt(frame, 40, y), colourOf(colour), 8);
      }
    },
    { quick: true },
  ),
  row(
    'an animation has a still of its first frame as JPEG',
    () => gif(width, height, palette, [whole(yellow), whole(green)], 0),
    async (outcome) => {
      const still = fileOf(outcome, '1280w', 'jpeg');
      const pixels = await shown(await still.bytes());
      expectEqual('the size', [pixels.width, pixels.height], [width, height]);
      expectNear('the still', colourAt(pixels, 100, 100), colourOf(yellow), 12);
    },
    { quick: true },
  ),
  row(
    'the still of a transparent animation is a PNG that is clear in the same place',
    () =>
      gif(
        width,
        height,
        palette,
        [{ ...whole(clear), transparent: clear, pixels: filled(clear).fill(red, 0, width * 90) }, whole(green)],
        0,
      ),
    async (outcome) => {
      const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
      expectEqual('alpha above and below', [colourAt(pixels, 100, 30)[3], colourAt(pixels, 100, 150)[3]], [255, 0]);
    },
  ),
  row(
    'a GIF of one frame is a still picture',
    () => gif(width, height, palette, [whole(blue)]),
    (outcome) => expectEqual('the kind', made(outcome).kind, 'graphic'),
  ),
  row(
    'an animated WebP keeps frames, delays and loop count',
    () => animatedWebp([colourOf(red), colourOf(blue)], { loop: 2, delay: [70, 210] }),
    async (outcome) => {
      const { pages, delay, loop } = await sharp(await moving(outcome)).metadata();
      expectEqual('frames, delays, loops', { pages, delay, loop }, { pages: 2, delay: [70, 210], loop: 2 });
    },
    { contentType: 'image/webp', quick: true },
  ),
  row(
    'an animation cropped to what draws the eye is cropped alike in every frame',
    () => gif(width, height, palette, [withMark(red), withMark(blue)], 0),
    async (outcome) => {
      const marked = (await framesOf(await moving(outcome, 'crop'))).map((frame) =>
        [...Array(64).keys()].filter((x) => Math.min(...colourAt(frame, x, 32)) < 120),
      );
      expectEqual('the columns of the mark in both frames', marked[1], marked[0]);
      expectEqual('a mark in the crop', (marked[0]?.length ?? 0) >= 12, true);
    },
    { settings: { preset: attentive } },
  ),
  row(
    'an animation of the preset `thumbnails` is cropped square in every frame',
    () => gif(width, height, palette, [whole(red), whole(green)], 0),
    async (outcome) => {
      const frames = await framesOf(await moving(outcome, 'small'));
      expectEqual(
        'sizes',
        frames.map((frame) => [frame.width, frame.height]),
        [
          [150, 150],
          [150, 150],
        ],
      );
    },
    { preset: 'thumbnails' },
  ),
  row(
    'an animation of 120 frames keeps them all',
    () =>
      gif(
        100,
        100,
        palette,
        Array.from({ length: 120 }, (_, index) => ({
          width: 100,
          height: 100,
          pixels: filled(1 + (index % 4), 100, 100),
          delay: 40,
        })),
        0,
      ),
    async (outcome) => expectEqual('frames', (await sharp(await moving(outcome, '64w')).metadata()).pages, 120),
  ),
];
