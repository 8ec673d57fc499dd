import { type Canvas, type Colour, patchCentre, patches } from './canvas.ts';
import { srgbOf, type Vector } from './profiles.ts';
import { withJpegProfile } from './segments.ts';
import sharp, { open } from './sharp.ts';

export type Inks = readonly [cyan: number, magenta: number, yellow: number, black: number];

/** Five steps of each ink in every mixture, and blacks as printers mix them. */
const steps = [0, 64, 128, 191, 255] as const;
const richBlacks: readonly Inks[] = [
  [191, 173, 171, 230],
  [153, 102, 102, 255],
  [102, 77, 77, 255],
  [0, 0, 0, 255],
];
export const mixtures: readonly Inks[] = [
  ...steps.flatMap((c) => steps.flatMap((m) => steps.flatMap((y) => steps.map((k): Inks => [c, m, y, k])))),
  ...richBlacks,
];

/** A JPEG of patches in inks, with or without the profile of the press. */
export const inkJpeg = async (inks: readonly Inks[], profile?: Buffer): Promise<Buffer> => {
  const { data, width, height } = patches(inks, 4);
  const raw = { width, height, channels: 1 } as const;
  const [cyan, ...others] = [0, 1, 2, 3].map((ink) => Buffer.from(data.filter((_, at) => at % 4 === ink)));
  const file = await sharp(cyan, { raw })
    .joinChannel(others, { raw })
    .toColourspace('cmyk')
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return profile ? withJpegProfile(file, profile) : file;
};

/** A JPEG in the inks that a press would take for these colours. */
export const cmykJpeg = (colours: readonly Colour[], profiled: boolean): Promise<Buffer> => {
  const inks = open(patches(colours)).toColourspace('cmyk');
  return (profiled ? inks.withIccProfile('cmyk') : inks).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
};

/**
 * What the inks of each patch look like, by an evaluation of the press's table of our own: 8-bit or 16-bit lookup (ICC v2,
 * `mft1` and `mft2`), interpolated along all four inks, Lab under D50, to the nearest sRGB colour from 0 to 255.
 */
export const printed = async (file: Uint8Array, count: number): Promise<readonly Vector[]> => {
  const opened = sharp(file).pipelineColourspace('cmyk').toColourspace('cmyk');
  const { data, info } = await opened.raw().toBuffer({ resolveWithObject: true });
  const inks: Canvas = { data, width: info.width, height: info.height, channels: 4 };
  const { icc } = await sharp(file).metadata();
  const look = lookup(icc ?? (await usualPress()));
  return Array.from({ length: count }, (_, index) => {
    const [x, y] = patchCentre(index);
    const at = (y * inks.width + x) * 4;
    return look([...data.subarray(at, at + 4)].map((ink) => ink / 255));
  });
};

/** libvips brings the profile of a press along, and uses it where a file has none. */
export const usualPress = async (): Promise<Buffer> => {
  const { icc } = await sharp(await cmykJpeg([[128, 128, 128]], true)).metadata();
  if (!icc) throw new Error('there is no profile of a press');
  return icc;
};

/** The darkest that the press prints becomes black, as colour management does for pictures (black point compensation). */
const lookup = (profile: Buffer): ((inks: readonly number[]) => Vector) => {
  const labOf = labLookup(profile);
  const white = xyzOfLab([100, 0, 0]);
  const black = xyzOfLab([Math.min(50, labOf([1, 1, 1, 1])[0]), 0, 0]);
  return (inks) => {
    const compensated = xyzOfLab(labOf(inks)).map((value, at) => {
      const [w, k] = [white[at] ?? 1, black[at] ?? 0];
      return ((value - k) * w) / (w - k);
    });
    return srgbOf(compensated as unknown as Vector).map((value) => value * 255) as unknown as Vector;
  };
};

const labLookup = (profile: Buffer): ((inks: readonly number[]) => Vector) => {
  const table = tagged(profile, 'A2B0');
  const type = table.toString('latin1', 0, 4);
  if (type !== 'mft1' && type !== 'mft2') throw new Error('the table is not of an expected kind');
  const wide = type === 'mft2';
  const size = wide ? 2 : 1;
  const sample = (at: number) => (wide ? table.readUInt16BE(at) / 0xffff : table.readUInt8(at) / 0xff);
  const points = table[10] ?? 0;
  const [inputs, outputs] = wide ? [table.readUInt16BE(48), table.readUInt16BE(50)] : [256, 256];
  const inputAt = wide ? 52 : 48;
  const cubeAt = inputAt + 4 * inputs * size;
  const outputAt = cubeAt + points ** 4 * 3 * size;
  /** Linear interpolation between the entries of a curve. */
  const curve = (at: number, entries: number, value: number): number => {
    const place = Math.min(1, Math.max(0, value)) * (entries - 1);
    const low = Math.min(Math.floor(place), entries - 2);
    const [a, b] = [sample(at + low * size), sample(at + (low + 1) * size)];
    return a + (b - a) * (place - low);
  };
  return (inks) => {
    const places = inks.map((ink, channel) => curve(inputAt + channel * inputs * size, inputs, ink) * (points - 1));
    const mixed: [number, number, number] = [0, 0, 0];
    for (let corner = 0; corner < 16; corner++) {
      let [weight, index] = [1, 0];
      places.forEach((place, channel) => {
        const low = Math.min(Math.floor(place), points - 2);
        const up = (corner >> channel) & 1;
        weight *= up ? place - low : 1 - (place - low);
        index = index * points + low + up;
      });
      for (let channel = 0; channel < 3; channel++)
        mixed[channel] = (mixed[channel] ?? 0) + weight * sample(cubeAt + (index * 3 + channel) * size);
    }
    const [l = 0, a = 0, b = 0] = mixed.map((value, channel) =>
      curve(outputAt + channel * outputs * size, outputs, value),
    );
    // The 16-bit tables of version 2 say 100 as 0xff00.
    const scale = wide ? 0xffff / 0xff00 : 1;
    return [l * 100 * scale, a * 255 * scale - 128, b * 255 * scale - 128];
  };
};

const tagged = (profile: Buffer, name: string): Buffer => {
  const count = profile.readUInt32BE(128);
  for (let tag = 0; tag < count; tag++) {
    const at = 132 + 12 * tag;
    if (profile.toString('latin1', at, at + 4) === name) return profile.subarray(profile.readUInt32BE(at + 4));
  }
  throw new Error(`the profile has no ${name}`);
};

const xyzOfLab = ([l, a, b]: Vector): Vector => {
  const y = (l + 16) / 116;
  const inverse = (t: number) => (t ** 3 > 216 / 24_389 ? t ** 3 : (116 * t - 16) / (24_389 / 27));
  return [0.9642 * inverse(y + a / 500), inverse(y), 0.8249 * inverse(y - b / 200)];
};
