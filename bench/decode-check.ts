import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { distanceOf, isSamePicture } from '../lib/render/cells.ts';
import sharp from '../lib/render/locked-sharp.ts';
import { fetchSet, pictureSet } from './picture-set.ts';
import { table } from './table.ts';

// How far the check of every file (lib/render/cells.ts) is from good files and from damaged ones:
//   node bench/decode-check.ts [--fetch] [--photos 20]

const { values } = parseArgs({ options: { fetch: { type: 'boolean' }, photos: { type: 'string', default: '20' } } });
if (values.fetch) await fetchSet();

type Picture = { readonly data: Buffer; readonly width: number; readonly height: number };

const widths = [640, 64];
/** The lowest quality that there is, and one that presets use. */
const qualities = { avif: [1, 50], webp: [1, 78], jpeg: [1, 82] } as const;

const changed = (
  { data, width }: Picture,
  change: (rgb: readonly number[], x: number, y: number) => readonly number[],
) => {
  const made = Buffer.alloc(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const pixel = at / 3;
    const rgb = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    made.set(change(rgb, pixel % width, Math.floor(pixel / width)), at);
  }
  return made;
};

/** What a broken codec might make of a picture. */
const faults: Readonly<Record<string, (picture: Picture, other: Buffer) => Buffer>> = {
  'another photograph': (_, other) => other,
  'upside down': (picture) => {
    const { data, width, height } = picture;
    return changed(picture, (_, x, y) => [...data.subarray(3 * ((height - 1 - y) * width + x)).subarray(0, 3)]);
  },
  'all grey': (picture) => changed(picture, () => [128, 128, 128]),
  inverted: (picture) => changed(picture, (rgb) => rgb.map((level) => 255 - level)),
  'the lower half grey': (picture) => changed(picture, (rgb, _, y) => (y > picture.height / 2 ? [128, 128, 128] : rgb)),
  'a tenth of the width black': (picture) => changed(picture, (rgb, x) => (x < picture.width / 10 ? [0, 0, 0] : rgb)),
  'a sixteenth of each side green': (picture) =>
    changed(picture, (rgb, x, y) => (x < picture.width / 16 && y < picture.height / 16 ? [0, 255, 0] : rgb)),
  'noise in place of pixels': (picture) => {
    let state = 1;
    const level = () => {
      state = (state * 16807) % 2147483647;
      return state & 255;
    };
    return changed(picture, () => [level(), level(), level()]);
  },
  'red and blue exchanged': (picture) => changed(picture, ([red = 0, green = 0, blue = 0]) => [blue, green, red]),
  'colours lost': (picture) =>
    changed(picture, ([red = 0, green = 0, blue = 0]) =>
      Array(3).fill(Math.round(0.3 * red + 0.59 * green + 0.11 * blue)),
    ),
  'range of television': (picture) =>
    changed(picture, (rgb) => rgb.map((level) => Math.round(16 + (level * 219) / 255))),
  'shifted by a sixteenth': ({ data, width, height }) =>
    changed({ data, width, height }, (_, x, y) => {
      const from = 3 * (y * width + ((x + Math.ceil(width / 16)) % width));
      return [...data.subarray(from, from + 3)];
    }),
};

type Seen = { readonly worst: number; readonly mean: number };
const seen = new Map<string, Seen[]>();
const note = (what: string, { data, width, height }: Picture, other: Buffer) => {
  const distance = distanceOf(data, other, width, height);
  seen.set(what, [...(seen.get(what) ?? []), distance]);
};

const pictureOf = async (path: string, width: number, height: number): Promise<Picture> => {
  const resized = sharp(await readFile(path))
    .autoOrient()
    .resize({ width, height, fit: 'cover' });
  return { data: await resized.removeAlpha().toColourspace('srgb').raw().toBuffer(), width, height };
};

const pictures = await pictureSet(undefined, Number(values.photos));
for (const width of widths) {
  const height = Math.round((width * 2) / 3);
  let other: Buffer | undefined;
  for (const { path } of pictures) {
    const picture = await pictureOf(path, width, height);
    for (const format of ['avif', 'webp', 'jpeg'] as const)
      for (const quality of qualities[format]) {
        const raw = sharp(picture.data, { raw: { width, height, channels: 3 } });
        const file = await raw.toFormat(format, { quality, ...(format === 'avif' && { effort: 1 }) }).toBuffer();
        note(`good ${format} of quality ${quality}, ${width} px`, picture, await sharp(file).raw().toBuffer());
      }
    for (const [name, fault] of Object.entries(faults))
      if (other || name !== 'another photograph')
        note(`${name}, ${width} px`, picture, fault(picture, other ?? picture.data));
    other = picture.data;
  }
}

const span = (all: readonly number[]) => `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
const rows = [...seen].map(([what, all]) => [
  what,
  String(all.length),
  span(all.map(({ worst }) => worst)),
  span(all.map(({ mean }) => mean)),
  String(all.filter((distance) => !isSamePicture(distance)).length),
]);
process.stdout.write(`${table(['', 'photographs', 'worst cell', 'mean', 'refused'], rows)}\n`);
