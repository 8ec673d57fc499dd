import { shippedPresets } from '../../../../lib/core/presets.ts';
import { type Case, expectAtMost, expectEqual, fileOf, type Outcome } from '../case.ts';
import { premultiplied, withCodePoints } from '../draw/avif-boxes.ts';
import { type Canvas, type Colour, draw } from '../draw/canvas.ts';
import { png, profileChunk } from '../draw/png.ts';
import { profileOf, spaces, srgbOf, xyzOf } from '../draw/profiles.ts';
import sharp, { colourAt, open, shown } from '../draw/sharp.ts';
import { expectNear } from './orientation.ts';

/** AVIFs whose colours are stored multiplied by their opacity. What they mean is drawn first, so it is known. */

const colours: readonly Colour[] = [
  [220, 60, 40],
  [40, 160, 90],
  [60, 90, 200],
  [230, 200, 60],
];
const alphas = [64, 128, 192, 255] as const;

/** A colour in each column, an opacity in each row. */
const [columns, rows] = [colours.length, alphas.length];
const drawn = (width: number, height: number, paint: (colour: Colour, alpha: number) => Colour): Canvas =>
  draw(
    width,
    height,
    (x, y) =>
      paint(colours[Math.floor((x * columns) / width)] ?? [0, 0, 0], alphas[Math.floor((y * rows) / height)] ?? 255),
    4,
  );
const dimmed = (width: number, height: number): Canvas =>
  drawn(width, height, ([r, g, b], alpha) => [
    Math.round((r * alpha) / 255),
    Math.round((g * alpha) / 255),
    Math.round((b * alpha) / 255),
    alpha,
  ]);
const straight = (width: number, height: number): Canvas =>
  drawn(width, height, ([r, g, b], alpha) => [r, g, b, alpha]);

const encoded = (canvas: Canvas, bitdepth: 8 | 10 = 8): Promise<Buffer> =>
  open(canvas).avif({ quality: 100, effort: 0, bitdepth }).toBuffer();

/** The samples as they are drawn, with a profile that says they are in Display P3. */
const withProfile = ({ width, height, data }: Canvas): Promise<Buffer> => {
  const file = png({ width, height, colourType: 6, rows: data, before: [profileChunk(profileOf(spaces.p3))] });
  return sharp(file, { ignoreIcc: true }).keepIccProfile().avif({ quality: 100, effort: 0 }).toBuffer();
};

const same = (colour: Colour): Colour => colour;
const fromDisplayP3 = ([r, g, b]: Colour): Colour => {
  const [red, green, blue] = srgbOf(xyzOf(spaces.p3, [r / 255, g / 255, b / 255]));
  return [red * 255, green * 255, blue * 255];
};

const hasColours =
  (name: string, expected: (colour: Colour) => Colour = same, tolerance = 8) =>
  async (outcome: Outcome): Promise<void> => {
    const pixels = await shown(await fileOf(outcome, name, 'png').bytes());
    expectEqual('the channels', pixels.channels, 4);
    colours.forEach((colour, column) => {
      alphas.forEach((alpha, row) => {
        const at = [((column + 0.5) * pixels.width) / columns, ((row + 0.5) * pixels.height) / rows] as const;
        const [r, g, b, opacity] = colourAt(pixels, ...at);
        // One level in the file is some levels of a colour that is seen through.
        expectNear(`colour ${column} at opacity ${alpha}`, [r, g, b], expected(colour), tolerance + 512 / alpha);
        expectAtMost(`how far opacity ${opacity} is from ${alpha}`, Math.abs(opacity - alpha), 3);
      });
    });
  };

const row = (title: string, original: Case['original'], check: Case['check'], quick = false): Case => ({
  group: 'premultiplied',
  title,
  contentType: 'image/avif',
  original,
  check,
  quick,
});

export const premultipliedAvifs: readonly Case[] = [
  row(
    'an AVIF with premultiplied alpha has its colours',
    async () => premultiplied(await encoded(dimmed(320, 200))),
    hasColours('1280w'),
    true,
  ),
  {
    ...row(
      'an AVIF with premultiplied alpha that is far larger than its variants has its colours',
      async () => premultiplied(await encoded(dimmed(640, 400))),
      hasColours('160w'),
    ),
    settings: { preset: { ...shippedPresets.web, variants: [{ name: '160w', width: 160, fit: 'inside' }] } },
  },
  row(
    'an AVIF of 10 bits with premultiplied alpha has its colours',
    async () => premultiplied(await encoded(dimmed(320, 200), 10)),
    hasColours('1280w'),
  ),
  row(
    'an AVIF in Display P3 with premultiplied alpha has the colours of those',
    async () => premultiplied(withCodePoints(await encoded(dimmed(320, 200)), 12, 13)),
    hasColours('1280w', fromDisplayP3),
  ),
  row(
    'an AVIF with premultiplied alpha and a profile of Display P3 has the colours of those',
    async () => premultiplied(await withProfile(dimmed(320, 200))),
    // The profile is applied before the division.
    hasColours('1280w', fromDisplayP3, 16),
  ),
  row(
    'an AVIF with alpha that is not premultiplied has its colours',
    async () => encoded(straight(320, 200)),
    hasColours('1280w'),
    true,
  ),
];
