import { type Canvas, type Colour, patchCentre, patches } from './canvas.ts';
import { srgbOf, type Vector } from './profiles.ts';
import sharp, { open } from './sharp.ts';

/** A JPEG in inks, with or without the profile of its press. */
export const cmykJpeg = (colours: readonly Colour[], profiled: boolean): Promise<Buffer> => {
  const inks = open(patches(colours)).toColourspace('cmyk');
  return (profiled ? inks.withIccProfile('cmyk') : inks).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
};

/**
 * What the inks of each patch look like, by an evaluation of the press's table of our own: 16-bit lookup (ICC v2,
 * `mft2`), interpolated along all four inks, Lab under D50, to the nearest sRGB colour from 0 to 255.
 */
export const printed = async (file: Uint8Array, count: number): Promise<readonly Vector[]> => {
  const opened = sharp(file).pipelineColourspace('cmyk').toColourspace('cmyk');
  const { data, info } = await opened.raw().toBuffer({ resolveWithObject: true });
  const inks: Canvas = { data, width: info.width, height: info.height, channels: 4 };
  const look = lookup(await pressProfile());
  return Array.from({ length: count }, (_, index) => {
    const [x, y] = patchCentre(index);
    const at = (y * inks.width + x) * 4;
    return look([...data.subarray(at, at + 4)].map((ink) => ink / 255));
  });
};

/** libvips brings the profile of a press along, and uses it where a file has none. */
const pressProfile = async (): Promise<Buffer> => {
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
  if (table.toString('latin1', 0, 4) !== 'mft2') throw new Error('the table is not of the expected kind');
  const points = table[10] ?? 0;
  const [inputs, outputs] = [table.readUInt16BE(48), table.readUInt16BE(50)];
  const cubeAt = 52 + 4 * inputs * 2;
  const outputAt = cubeAt + points ** 4 * 3 * 2;
  return (inks) => {
    const places = inks.map((ink, channel) => curve(table, 52 + channel * inputs * 2, inputs, ink) * (points - 1));
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
        mixed[channel] =
          (mixed[channel] ?? 0) + (weight * table.readUInt16BE(cubeAt + (index * 3 + channel) * 2)) / 65_535;
    }
    const [l = 0, a = 0, b = 0] = mixed.map(
      (value, channel) => curve(table, outputAt + channel * outputs * 2, outputs, value) * 65_535,
    );
    return [(l * 100) / 65_280, a / 256 - 128, b / 256 - 128];
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

/** Linear interpolation in a table of 16-bit numbers. */
const curve = (table: Buffer, at: number, entries: number, value: number): number => {
  const place = Math.min(1, Math.max(0, value)) * (entries - 1);
  const low = Math.min(Math.floor(place), entries - 2);
  const [a, b] = [table.readUInt16BE(at + low * 2), table.readUInt16BE(at + (low + 1) * 2)];
  return (a + (b - a) * (place - low)) / 65_535;
};

const xyzOfLab = ([l, a, b]: Vector): Vector => {
  const y = (l + 16) / 116;
  const inverse = (t: number) => (t ** 3 > 216 / 24_389 ? t ** 3 : (116 * t - 16) / (24_389 / 27));
  return [0.9642 * inverse(y + a / 500), inverse(y), 0.8249 * inverse(y - b / 200)];
};
