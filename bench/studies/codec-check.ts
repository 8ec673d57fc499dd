import { parseArgs } from 'node:util';
import { distanceOf, isSamePicture } from '../../lib/render/cells.ts';
import sharp from '../../lib/render/locked-sharp.ts';
import { againstTheLight, type Canvas, landscape, night, studio } from '../../test/system/conformance/draw/canvas.ts';
import { open } from '../../test/system/conformance/draw/sharp.ts';
import { drawnGraphics } from '../drawn-graphics.ts';
import { pictureSet } from '../picture-set.ts';
import { table } from '../table.ts';

// How far lawful files and faulty ones are from their pixels, by the measure with which the renderer tells them apart:
// npm --prefix bench/studies run codec-check [-- --pictures DIR --photos N]

const { values } = parseArgs({ options: { pictures: { type: 'string' }, photos: { type: 'string', default: '12' } } });

const photographs = await pictureSet(values.pictures, Number(values.photos)).catch(() => []);
const originals: readonly (() => Promise<Buffer>)[] = [
  ...[...Object.values(drawnGraphics), ...[1, 2, 3].flatMap((seed) => photosOf(seed))].map(
    (canvas) => () => open(canvas()).png().toBuffer(),
  ),
  ...photographs.map(
    ({ path }) =>
      () =>
        sharp(path, { limitInputPixels: false }).toBuffer(),
  ),
];

function photosOf(seed: number): readonly (() => Canvas)[] {
  return [landscape, againstTheLight, studio, night].map((drawing) => () => drawing(900, 600, seed));
}

type Rgb = { readonly data: Buffer; readonly width: number; readonly height: number };

const sized = async (original: Buffer, width: number): Promise<Rgb> => {
  const { data, info } = await sharp(original, { limitInputPixels: false })
    .removeAlpha()
    .toColourspace('srgb')
    .resize({ width, height: width, fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
};

const lawful = {
  'AVIF 50': ['avif', 50],
  'AVIF 1': ['avif', 1],
  'WebP 78': ['webp', 78],
  'WebP 1': ['webp', 1],
  'JPEG 82': ['jpeg', 82],
  'JPEG 1': ['jpeg', 1],
} as const;

/** What a codec with a fault might make of the pixels. */
const faulty: Readonly<Record<string, (picture: Rgb, other: Rgb) => Buffer>> = {
  'all black': ({ data }) => Buffer.alloc(data.length),
  'all green': ({ data }) => Buffer.from(data.map((_, at) => (at % 3 === 1 ? 135 : 0))),
  'red and blue exchanged': ({ data }) => Buffer.from(data.map((_, at) => data[at + 2 - 2 * (at % 3)] ?? 0)),
  'inverted': ({ data }) => Buffer.from(data.map((value) => 255 - value)),
  'upside down': ({ data, width, height }) =>
    Buffer.concat(Array.from({ length: height }, (_, row) => data.subarray((height - 1 - row) * width * 3, (height - row) * width * 3))),
  'lower half grey': ({ data }) => Buffer.concat([data.subarray(0, data.length / 2), Buffer.alloc(Math.ceil(data.length / 2), 128)]),
  'another picture': ({ data }, other) => Buffer.from(data.map((_, at) => other.data[at % other.data.length] ?? 0)),
};

const found = new Map<string, { worst: number[]; mean: number[]; same: number }>();
const add = (name: string, { data, width, height }: Rgb, seen: Buffer) => {
  const distance = distanceOf(data, seen, width, height);
  const all = found.get(name) ?? { worst: [], mean: [], same: 0 };
  all.worst.push(distance.worst);
  all.mean.push(distance.mean);
  all.same += Number(isSamePicture(distance));
  found.set(name, all);
};

for (const size of [640, 256, 64]) {
  let other = await sized(await open(landscape(900, 600, 9)).png().toBuffer(), size);
  for (const original of originals) {
    const picture = await sized(await original(), size);
    const { data, width, height } = picture;
    for (const [name, [format, quality]] of Object.entries(lawful)) {
      const options = { quality, ...(format === 'avif' && { effort: 1 }), ...(format === 'jpeg' && { mozjpeg: true }) };
      const file = await sharp(data, { raw: { width, height, channels: 3 } }).toFormat(format, options).toBuffer();
      add(name, picture, await sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer());
    }
    for (const [name, fault] of Object.entries(faulty)) add(name, picture, fault(picture, other));
    other = picture;
  }
}

const row = (name: string) => {
  const { worst = [], mean = [], same = 0 } = found.get(name) ?? {};
  const range = (all: readonly number[]) => `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
  return [name, String(worst.length), range(worst), range(mean), String(same)];
};
const head = ['file', 'compared', 'worst cell (limit 96)', 'mean (limit 20)', 'taken for the same picture'];
process.stdout.write(`${originals.length} pictures at 640, 256 and 64 px\n\n${table(head, [...Object.keys(lawful), ...Object.keys(faulty)].map(row))}\n`);
