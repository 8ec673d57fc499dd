import sharp from './locked-sharp.ts';
import { frameOf, fromPixels, type Pixels } from './pixels.ts';

/**
 * Photo or graphic, for a still picture without transparency (`classify` in sharp-renderer.ts decides the other kinds). Graphics
 * (screenshots, line art, charts, icons) have areas of one colour, and their changes are abrupt. Photos have almost no
 * exactly flat area outside of overexposed highlights, and nearly all their changes are soft. Some photos look like graphics by
 * this test: those with an overexposed sky beside hard edges, and those that were once a small JPEG. As PNG, which graphics get,
 * these take many times the bytes of a JPEG, so the second test compares the bytes. How often this is right: docs/rendering.md.
 */
export const kindOf = async (upright: Pixels): Promise<'photo' | 'graphic'> => {
  const { flat, soft } = texture(upright);
  const mayBeGraphic = flat > 0.075 && soft < 0.8;
  return mayBeGraphic && (await costOfLossless(upright)) < mostForLossless ? 'graphic' : 'photo';
};

const mostForLossless = 7;

/** How many times the bytes of a JPEG a PNG has, of the picture as small as pages show it in a list. */
const costOfLossless = async (upright: Pixels): Promise<number> => {
  const { data, info } = await fromPixels(frameOf(upright, 0))
    .removeAlpha()
    .resize({ width: 480, height: 480, fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const small = () => sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
  const [lossless, lossy] = await Promise.all([
    small().png({ compressionLevel: 6 }).toBuffer(),
    small().jpeg({ quality: 82, mozjpeg: true }).toBuffer(),
  ]);
  return lossless.length / lossy.length;
};

const { abs } = Math;

/**
 * `flat`: the share of pixels that equal their four neighbours. `soft`: among the pixels where the brightness bends,
 * the share where it bends gently. Both are shares, so the size of the picture does not matter.
 */
export const texture = ({ data, width, height, channels }: Pixels): { flat: number; soft: number } => {
  const step = Math.max(1, Math.floor(height / maxRows));
  const [above, row, below] = [new Uint8Array(width), new Uint8Array(width), new Uint8Array(width)];
  let [seen, flat, gentle, abrupt] = [0, 0, 0, 0];
  for (let y = 1; y < height - 1; y += step) {
    lumaRow(data, (y - 1) * width * channels, channels, above);
    lumaRow(data, y * width * channels, channels, row);
    lumaRow(data, (y + 1) * width * channels, channels, below);
    for (let x = 1; x < width - 1; x++) {
      const here = row[x] ?? 0;
      const [left, right, up, down] = [row[x - 1] ?? 0, row[x + 1] ?? 0, above[x] ?? 0, below[x] ?? 0];
      const across = abs(left - 2 * here + right);
      const along = abs(up - 2 * here + down);
      const bend = across > along ? across : along;
      seen++;
      if (left === here && right === here && up === here && down === here) flat++;
      else if (bend > 48) abrupt++;
      else if (bend >= 3 && bend <= 24) gentle++;
    }
  }
  return { flat: seen > 0 ? flat / seen : 1, soft: gentle + abrupt > 0 ? gentle / (gentle + abrupt) : 0 };
};

/** Rows looked at, evenly spread: more do not change the answer. */
const maxRows = 300;

const lumaRow = (data: Buffer, from: number, channels: number, into: Uint8Array): void => {
  for (let x = 0, at = from; x < into.length; x++, at += channels)
    into[x] = ((data[at] ?? 0) * 77 + (data[at + 1] ?? 0) * 150 + (data[at + 2] ?? 0) * 29) >> 8;
};
