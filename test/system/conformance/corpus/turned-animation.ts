import { type Case, expectEqual, fileOf, made, type Outcome } from '../case.ts';
import { type Colour, quarters, red } from '../draw/canvas.ts';
import sharp, { colourAt, shown } from '../draw/sharp.ts';
import { framesOf, moving } from './animation.ts';
import { expectNear, upright } from './orientation.ts';

/** Animated WebPs that carry an orientation, and what else only a WebP can say. */

const [width, height] = [240, 160];

/** Four quarters, and the same in other colours: each frame has its own corners. */
const animation = async (orientation: number): Promise<Buffer> => {
  const first = quarters(width, height).data;
  const second = Buffer.from(first.map((value) => 255 - value));
  return sharp(Buffer.concat([first, second]), { raw: { width, height: height * 2, channels: 3, pageHeight: height } })
    .withMetadata({ orientation })
    .webp({ quality: 95, loop: 0, delay: [100, 100] })
    .toBuffer();
};

const negative = ([r, g, b]: Colour): Colour => [255 - r, 255 - g, 255 - b];

const isTurned = (tag: number, corners: readonly Colour[]) => async (outcome: Outcome) => {
  const [w, h] = tag >= 5 ? [height, width] : [width, height];
  expectEqual('the size', [made(outcome).width, made(outcome).height], [w, h]);
  for (const name of ['1280w', '128w']) {
    const frames = await framesOf(await moving(outcome, name));
    expectEqual(`frames of ${name}`, frames.length, 2);
    frames.forEach((frame, index) => {
      corners.forEach((corner, place) => {
        const [x, y] = [frame.width * (place % 2 === 0 ? 0.25 : 0.75), frame.height * (place < 2 ? 0.25 : 0.75)];
        const expected = index === 0 ? corner : negative(corner);
        expectNear(`corner ${place + 1} of frame ${index} of ${name}`, colourAt(frame, x, y), expected, 24);
      });
    });
  }
  const still = await shown(await fileOf(outcome, '1280w', 'jpeg').bytes());
  expectNear('the still', colourAt(still, still.width * 0.25, still.height * 0.25), corners[0] ?? red, 24);
};

/** Puts other durations into the frames: three bytes, more than the encoder takes. */
const withDurations = (file: Buffer, durations: readonly number[]): Buffer => {
  const out = Buffer.from(file);
  let at = -1;
  for (const duration of durations) {
    at = out.indexOf('ANMF', at + 1);
    out.writeUIntLE(duration, at + 8 + 12, 3);
  }
  return out;
};

const durations: readonly (readonly [says: string, of: readonly [number, number], shown: readonly [number, number]])[] =
  [
    ['durations of 65.535 s', [65_535, 65_535], [65_535, 65_535]],
    ['durations of 65.536 s', [65_536, 200], [65_535, 200]],
    ['the longest durations there are', [0xff_ffff, 0xff_ffff], [65_535, 65_535]],
  ];

export const turnedAnimations: readonly Case[] = [
  ...Object.entries(upright).map(
    ([tag, corners]): Case => ({
      group: 'animation',
      title: `an animated WebP with orientation ${tag} is upright in every frame, whole and cropped, and so is its still`,
      contentType: 'image/webp',
      original: () => animation(Number(tag)),
      quick: tag === '6' || tag === '3',
      check: isTurned(Number(tag), corners),
    }),
  ),
  ...durations.map(
    ([says, of, shown]): Case => ({
      group: 'animation',
      title: `an animated WebP with ${says} is made, as near as the encoder can say it`,
      contentType: 'image/webp',
      original: async () => withDurations(await animation(1), of),
      check: async (outcome) => {
        const { delay, loop } = await sharp(await moving(outcome)).metadata();
        expectEqual('the motion', { delay, loop }, { delay: shown, loop: 0 });
      },
    }),
  ),
];
