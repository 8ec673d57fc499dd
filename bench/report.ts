import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LossyFormat, shippedPresets } from '../lib/core/presets.ts';
import { encoderSteps } from '../lib/render/encoder-settings.ts';
import sharp from '../lib/render/locked-sharp.ts';
import { type Rgb, ssimulacra2 } from '../lib/render/ssimulacra2/ssimulacra2.ts';
import type { Made } from './contenders/contender.ts';
import { darkroom } from './contenders/darkroom.ts';
import type { SetPicture } from './picture-set.ts';
import { referencesOf } from './references.ts';
import { type Crop, type Encoded, page, type Section } from './report-page.ts';

type File = Encoded & { readonly file: Uint8Array };

/** What is drawn for each format: qualities around its range, by the settings that ship and by those of usual code. */
const drawn = {
  avif: { qualities: [35, 45, 55, 65], usual: { effort: 4 } },
  webp: { qualities: [60, 75, 82, 90], usual: {} },
  jpeg: { qualities: [65, 80, 85, 92], usual: { mozjpeg: true } },
} as const satisfies Record<LossyFormat, object>;
const formats = Object.keys(drawn) as readonly LossyFormat[];

const name = '640w';
const crop = { width: 240, height: 180 };

/**
 * A folder to look at: of each photograph the curves of each format, the files that ship, and the place where the shipped AVIF
 * differs most from the original, beside the original and usual code at equal bytes. The page is written anew after each photograph.
 */
export const report = async (pictures: readonly SetPicture[], folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true });
  const sections: Section[] = [];
  const index = join(folder, 'index.html');
  for (const picture of pictures) {
    const section = await sectionOf(picture, folder, sections.length);
    if (section) sections.push(section);
    await writeFile(index, page(sections));
  }
  return `${sections.length} photographs: ${index}`;
};

/** Undefined for a picture of which no such variant is made. */
const sectionOf = async (
  { name: title, path, heldOut }: SetPicture,
  folder: string,
  at: number,
): Promise<Section | undefined> => {
  const original = await readFile(path);
  const made = (await darkroom(original)).filter((file) => file.name === name);
  const [first] = made;
  if (!first || first.width < crop.width || first.height < crop.height) return undefined;
  const picture = await (await referencesOf(original))(first);
  const encoder = encoderFor(picture);
  const avif = made.find(({ format }) => format === 'avif') ?? first;
  const place = await worstPlace(picture, await pixelsOf(avif.bytes));
  const save = async (what: string, rgb: Uint8Array, caption: string): Promise<Crop> => {
    const file = `${at}-${what}.png`;
    await sharp(rgb, { raw: { width: picture.width, height: picture.height, channels: 3 } })
      .extract({ ...place, ...crop })
      .png()
      .toFile(join(folder, file));
    return { file, caption };
  };

  const rows: Section['formats'][number][] = [];
  for (const format of formats) {
    const ours = made.find((file) => file.format === format);
    if (ours) rows.push(await rowOf(format, ours, encoder, save));
  }
  const shown = await save('original', picture.data, 'original');
  return { title, heldOut, width: picture.width, height: picture.height, original: shown, formats: rows };
};

type Encoder = ReturnType<typeof encoderFor>;

const rowOf = async (
  format: LossyFormat,
  made: Made,
  { encode, scored }: Encoder,
  save: (what: string, rgb: Uint8Array, caption: string) => Promise<Crop>,
): Promise<Section['formats'][number]> => {
  const { qualities, usual } = drawn[format];
  const pixels = made.width * made.height;
  const ours = encoderSteps[format].find(({ upTo = pixels }) => pixels <= upTo)?.settings ?? {};
  const curve = async (settings: object) => {
    const points: File[] = [];
    for (const quality of qualities) points.push(await encode(format, settings, quality));
    return points;
  };
  const [own, others] = [await curve(ours), await curve(usual)];
  const ships = await scored(made.bytes, undefined);
  const equal = await encode(format, usual, qualityFor(others, ships.bytes));
  const crops = [
    await save(`${format}-ships`, await pixelsOf(ships.file), `ships: ${said(ships)}`),
    await save(`${format}-usual`, await pixelsOf(equal.file), `usual code, quality ${equal.quality}: ${said(equal)}`),
  ];
  return { format, target: shippedPresets.web.quality[format].score, own, usual: others, ships, equal, crops };
};

const said = ({ bytes, score }: Encoded) => `${(bytes / 1000).toFixed(1)} kB, score ${score.toFixed(1)}`;

const encoderFor = (picture: Rgb) => {
  const { data, width, height } = picture;
  const reference = ssimulacra2()(picture);
  const scored = async (file: Uint8Array, quality: number | undefined): Promise<File> => {
    return { quality, file, bytes: file.length, score: reference.score(await pixelsOf(file)) };
  };
  const encode = async (format: LossyFormat, settings: object, quality: number) => {
    const raw = sharp(data, { raw: { width, height, channels: 3 } });
    return scored(await raw.toFormat(format, { ...settings, quality }).toBuffer(), quality);
  };
  return { encode, scored };
};

const pixelsOf = (file: Uint8Array): Promise<Buffer> =>
  sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer();

/** The quality that comes out near so many bytes, along the line between the two points around them, or the last two. */
const qualityFor = (points: readonly File[], bytes: number): number => {
  const larger = points.findIndex((point) => point.bytes >= bytes);
  const above = larger === -1 ? points.length - 1 : Math.max(1, larger);
  const [from, to] = [points[above - 1], points[above]];
  if (!from?.quality || !to?.quality) throw new RangeError('a curve needs two qualities');
  const share = Math.log(bytes / from.bytes) / Math.log(to.bytes / from.bytes);
  return Math.min(100, Math.max(1, Math.round(from.quality + share * (to.quality - from.quality))));
};

/** Where a crop of the picture differs most from what was made of it, on a grid of half crops. */
const worstPlace = async ({ data, width, height }: Rgb, seen: Uint8Array) => {
  let worst = { left: 0, top: 0, off: -1 };
  for (let top = 0; top + crop.height <= height; top += crop.height / 2)
    for (let left = 0; left + crop.width <= width; left += crop.width / 2) {
      let off = 0;
      for (let y = top; y < top + crop.height; y++)
        for (let at = 3 * (y * width + left); at < 3 * (y * width + left + crop.width); at++)
          off += Math.abs((data[at] ?? 0) - (seen[at] ?? 0));
      if (off > worst.off) worst = { left, top, off };
    }
  return { left: worst.left, top: worst.top };
};
