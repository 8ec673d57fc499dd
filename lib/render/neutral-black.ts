import type { Metadata } from 'sharp';
import sharp from './locked-sharp.ts';

/**
 * A JPEG in inks, with a profile whose darkest colour has no tint.
 *
 * Colour management takes what a press prints with all its ink to black, and only the lightness of that is meant to
 * count. Little CMS 2.18 to 2.19.1 (commit bb60a46 there, mended by 6a5a890) subtract its tint as well, from every
 * shadow. A profile that names no tint leaves nothing to subtract. Once sharp brings a newer Little CMS, this file and its
 * test can go. A file or a profile that is put together in any other way than expected stays as it is.
 */
export const withNeutralBlack = async (jpeg: Uint8Array, { icc }: Pick<Metadata, 'icc'>): Promise<Uint8Array> => {
  const profile = neutralised(icc ?? (await pressProfile()));
  return profile ? (withProfile(jpeg, profile) ?? jpeg) : jpeg;
};

/** What libvips uses for inks without a profile. */
const pressProfile = async (): Promise<Buffer> => {
  const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } });
  const { icc } = await sharp(await dot.toColourspace('cmyk').withIccProfile('cmyk').jpeg().toBuffer()).metadata();
  return icc ?? Buffer.alloc(0);
};

const headerBytes = 132;

/** Only the tables of ICC version 2 from inks to Lab: for later versions the black is fixed, and neutral. */
const neutralised = (profile: Buffer): Buffer | undefined => {
  const isOurs = profile.toString('latin1', 16, 24) === 'CMYKLab ' && (profile[8] ?? 4) < 4;
  const at = isOurs ? perceptualTable(profile) : undefined;
  if (at === undefined) return undefined;
  const copy = Buffer.from(profile);
  return neutralise(copy.subarray(at)) ? copy : undefined;
};

const perceptualTable = (profile: Buffer): number | undefined => {
  if (profile.length < headerBytes) return undefined;
  const tags = Math.min(profile.readUInt32BE(128), Math.floor((profile.length - headerBytes) / 12));
  for (let tag = headerBytes; tag < headerBytes + 12 * tags; tag += 12)
    if (profile.toString('latin1', tag, tag + 4) === 'A2B0') return profile.readUInt32BE(tag + 4);
  return undefined;
};

/** `lut8Type` and `lut16Type`: curves of four inks, then a grid whose last point is all ink, then curves of L, a and b. */
const neutralise = (table: Buffer): boolean => {
  const type = table.toString('latin1', 0, 4);
  if ((type !== 'mft1' && type !== 'mft2') || table.length < 52 || table[8] !== 4 || table[9] !== 3) return false;
  const wide = type === 'mft2';
  const size = wide ? 2 : 1;
  const [inputs, outputs] = wide ? [table.readUInt16BE(48), table.readUInt16BE(50)] : [256, 256];
  const gridEnd = (wide ? 52 : 48) + (4 * inputs + 3 * (table[10] ?? 0) ** 4) * size;
  if (gridEnd + 3 * outputs * size > table.length) return false;
  const sampleAt = (at: number) => (wide ? table.readUInt16BE(at) : table.readUInt8(at));
  for (const channel of [1, 2]) {
    const curveAt = gridEnd + channel * outputs * size;
    const curve = Array.from({ length: outputs }, (_, entry) => sampleAt(curveAt + entry * size));
    const place = placeOf(wide ? 0x8000 : 0x80, curve);
    if (place === undefined) return false;
    table.writeUIntBE(Math.round(place * (256 ** size - 1)), gridEnd + (channel - 3) * size, size);
  }
  return true;
};

/** From 0 to 1, where a rising curve has the value. */
const placeOf = (value: number, curve: readonly number[]): number | undefined => {
  const above = curve.findIndex((sample) => sample >= value);
  const [low = 0, high = 0] = [curve[above - 1], curve[above]];
  return above < 1 ? undefined : (above - (high - value) / (high - low)) / (curve.length - 1);
};

const [startOfScan, profileMarker] = [0xda, 0xe2];
const signature = 'ICC_PROFILE\0';
/** A segment says its own length in 16 bits, and this one its part of how many. */
const mostInSegment = 0xffff - 2 - signature.length - 2;

/** Every segment up to the pixels but those of the profile before, then the profile, then the pixels. */
const withProfile = (jpeg: Uint8Array, profile: Buffer): Uint8Array | undefined => {
  const file = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  const kept = [file.subarray(0, 2)];
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff; ) {
    if (file[at + 1] === startOfScan) return Buffer.concat([...kept, ...profileSegments(profile), file.subarray(at)]);
    const end = at + 2 + file.readUInt16BE(at + 2);
    const isProfile = file[at + 1] === profileMarker && file.toString('latin1', at + 4, at + 16) === signature;
    if (!isProfile) kept.push(file.subarray(at, end));
    at = end;
  }
  return undefined;
};

const profileSegments = (profile: Buffer): Buffer[] => {
  const count = Math.ceil(profile.length / mostInSegment);
  return Array.from({ length: count }, (_, part) => {
    const body = profile.subarray(part * mostInSegment, (part + 1) * mostInSegment);
    const head = Buffer.from([0xff, profileMarker, 0, 0, ...Buffer.from(signature), part + 1, count]);
    head.writeUInt16BE(head.length - 2 + body.length, 2);
    return Buffer.concat([head, body]);
  });
};
