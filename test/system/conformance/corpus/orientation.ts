import { type Case, expectAtMost, expectEqual, fileOf, made, type Outcome } from '../case.ts';
import { blue, type Canvas, type Colour, green, quarters, red, yellow } from '../draw/canvas.ts';
import { colourAt, open, shown } from '../draw/sharp.ts';

type Corners = readonly [topLeft: Colour, topRight: Colour, bottomLeft: Colour, bottomRight: Colour];

/** Where the four quarters of the stored pixels end up under each value of the tag. */
export const upright: Readonly<Record<number, Corners>> = {
  1: [red, green, blue, yellow],
  2: [green, red, yellow, blue],
  3: [yellow, blue, green, red],
  4: [blue, yellow, red, green],
  5: [red, blue, green, yellow],
  6: [blue, red, yellow, green],
  7: [yellow, green, blue, red],
  8: [green, yellow, red, blue],
};

const encoders = {
  jpeg: (canvas: Canvas, orientation: number) =>
    open(canvas).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer(),
  webp: (canvas: Canvas, orientation: number) =>
    open(canvas).withMetadata({ orientation }).webp({ quality: 95 }).toBuffer(),
  avif: (canvas: Canvas, orientation: number) =>
    open(canvas).withMetadata({ orientation }).avif({ quality: 80, effort: 0 }).toBuffer(),
  png: (canvas: Canvas, orientation: number) => open(canvas).withMetadata({ orientation }).png().toBuffer(),
};

export const orientation: readonly Case[] = Object.entries(encoders).flatMap(([format, encode]) =>
  Object.entries(upright).map(
    ([tag, corners]): Case => ({
      group: 'orientation',
      title: `${format} with orientation ${tag} is upright, by its pixels, whole and cropped`,
      contentType: `image/${format}` as Case['contentType'],
      original: () => encode(quarters(480, 320), Number(tag)),
      quick: format === 'jpeg' || tag === '6',
      check: (outcome) => isUpright(outcome, Number(tag) >= 5 ? [320, 480] : [480, 320], corners),
    }),
  ),
);

const isUpright = async (outcome: Outcome, [width, height]: readonly [number, number], corners: Corners) => {
  const { width: w, height: h } = made(outcome);
  expectEqual('the reported size', [w, h], [width, height]);
  for (const name of ['640w', '128w']) {
    const file = fileOf(outcome, name, 'webp');
    const pixels = await shown(await file.bytes());
    expectEqual(`${name} size`, [pixels.width, pixels.height], [file.width, file.height]);
    corners.forEach((corner, index) => {
      const x = pixels.width * (index % 2 === 0 ? 0.25 : 0.75);
      const y = pixels.height * (index < 2 ? 0.25 : 0.75);
      expectNear(`corner ${index + 1} of ${name}`, colourAt(pixels, x, y), corner, 24);
    });
  }
};

export const expectNear = (what: string, actual: readonly number[], expected: Colour, tolerance: number): void =>
  expectAtMost(
    `${what}: the distance of ${actual.slice(0, 3)} from ${expected.slice(0, 3)}`,
    Math.max(...[0, 1, 2].map((channel) => Math.abs((actual[channel] ?? 0) - (expected[channel] ?? 0)))),
    tolerance,
  );
