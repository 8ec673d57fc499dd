import { type Canvas, draw } from './canvas.ts';
import { withSegment } from './segments.ts';
import { open } from './sharp.ts';

/** Where the picture is brightest, and the map too, in shares of the width and height: a wrong turn of one shows. */
const spot = { left: 0.1, right: 0.3, top: 0.2, bottom: 0.4 };
const isSpot = (x: number, y: number): boolean => x > spot.left && x < spot.right && y > spot.top && y < spot.bottom;

/** The picture of a phone, whose brightest part is shown four times as bright on a screen that can (ISO 21496-1). */
export const gainMapJpeg = async (width: number, height: number, orientation = 1): Promise<Buffer> => {
  const shown = await open(base(width, height)).withMetadata({ orientation }).jpeg({ quality: 90 }).toBuffer();
  const grey = await open(map(width / 4, height / 4)).toColourspace('b-w').jpeg({ quality: 90 }).toBuffer();
  const behind = withSegment(grey, 0xe2, Buffer.concat([iso, Buffer.from([0, 0, 0, 0, 0x40]), ...gains.map(u32)]));
  const size = shown.length + isoVersion.length + 4 + index(0, 0, 0).length + 4;
  // The position of the second picture counts from the byte order mark in the index.
  const indexed = withSegment(shown, 0xe2, index(size, behind.length, size - (2 + 4 + isoVersion.length + 8)));
  return Buffer.concat([withSegment(indexed, 0xe2, isoVersion), behind]);
};

const base = (width: number, height: number): Canvas =>
  draw(width, height, (column, row) => {
    const [x, y] = [column / width, row / height];
    const light = isSpot(x, y) ? 250 : 60 + 60 * x + 40 * Math.sin(40 * y) + 20 * Math.sin(97 * x * y);
    return [light, light, 0.6 * light];
  });

const map = (width: number, height: number): Canvas =>
  draw(width, height, (x, y) => (isSpot(x / width, y / height) ? [255, 255, 255] : [0, 0, 0]));

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const iso = Buffer.from('urn:iso:std:iso:ts:21496:-1\0', 'latin1');
const isoVersion = Buffer.concat([iso, Buffer.alloc(4)]);

/** As fractions: headroom of the base and of the other, gain from and to, gamma, both offsets. */
const gains = [0, 1, 2, 1, 0, 1, 2, 1, 1, 1, 1, 64, 1, 64];

/** The index of pictures in a file (CIPA DC-007), with two of them. */
const index = (size: number, secondSize: number, secondAt: number): Buffer => {
  const entries = 'MPF\0MM\0*\0\0\0\x08\0\x03\xb0\0\0\x07\0\0\0\x040100\xb0\x01\0\x04\0\0\0\x01\0\0\0\x02\xb0\x02\0\x07\0\0\0 \0\0\0\x32\0\0\0\0';
  return Buffer.concat([Buffer.from(entries, 'latin1'), ...[0x030000, size, 0, 0, 0, secondSize, secondAt, 0].map(u32)]);
};

/** The middle of all that is brighter, in shares of the width and height. */
export const brightest = ({ data, width, height, channels }: Canvas, least: number): readonly [number, number] | undefined => {
  let [found, across, down] = [0, 0, 0];
  for (let at = 0; at < width * height; at++) {
    if ((data[at * channels] ?? 0) <= least) continue;
    found++;
    across += (at % width) + 0.5;
    down += Math.floor(at / width) + 0.5;
  }
  return found === 0 ? undefined : [across / found / width, down / found / height];
};
