import { distanceOf, isSamePicture } from './cells.ts';
import { checkerboard } from './checkerboard.ts';
import sharp from './locked-sharp.ts';
import type { Pixels } from './pixels.ts';
import { type Reference, ssimulacra2 } from './ssimulacra2/ssimulacra2.ts';

/** Decodes a file and scores its likeness to the pixels; a file that cannot be decoded rejects. */
export type Scorer = {
  scoreOf(file: Uint8Array): Promise<number>;
  /** Whether a file that was scored shows something else than the pixels: a codec has made a mistake. */
  isOfAnother(file: Uint8Array): boolean;
  release(): void;
};

/**
 * What is computed of the pixels once takes some 80 MB for a picture of 1280 pixels. A scorer keeps it for all files, or
 * forgets it after each one and computes it again for the next.
 */
export type ScorerMemory = 'keeps' | 'forgets';

/** For pixels of one frame: of an animation, the first is scored. */
export const scorers = (memory: ScorerMemory = 'keeps'): ((pixels: Pixels) => Scorer) => {
  let referenceOf: ReturnType<typeof ssimulacra2> | undefined;
  return (pixels) => {
    const { data, width, height, channels } = pixels;
    const look = checkerboard(width, height);
    const grounds = channels === 4 ? darkAndLight : [undefined];
    let references: readonly Reference[] | undefined;
    const strangers = new WeakSet<Uint8Array>();
    const on = (ground: number | undefined, seen: Uint8Array) => (ground === undefined ? seen : laidOn(ground, seen));
    return {
      async scoreOf(file) {
        const decoded = await decode(file, channels);
        if (decoded.width !== width || decoded.height !== height)
          throw new Error(`A file of ${width}×${height} pixels came out as ${decoded.width}×${decoded.height}.`);
        if (decoded.data.equals(data)) return 100;
        const original = look.take(data, channels);
        const library = referenceOf ?? ssimulacra2();
        if (memory === 'keeps') referenceOf = library;
        const ours = references ?? grounds.map((ground) => library({ ...look, data: on(ground, original) }));
        if (memory === 'keeps') references = ours;
        const seen = look.take(decoded.data, channels);
        const isSame = grounds.every((ground) =>
          isSamePicture(distanceOf(on(ground, original), on(ground, seen), look.width, look.height)),
        );
        if (!isSame) strangers.add(file);
        const scores = ours.map((reference, index) => reference.score(on(grounds[index], seen)));
        return rounded(Math.min(...scores), look.width * look.height < width * height);
      },
      isOfAnother: (file) => strangers.has(file),
      release: () => {
        for (const reference of references ?? []) reference.release();
      },
    };
  };
};

const decode = async (file: Uint8Array, channels: Pixels['channels']) => {
  const picture = sharp(file, { limitInputPixels: false }).toColourspace('srgb');
  const { data, info } = await (channels === 4 ? picture.ensureAlpha() : picture.removeAlpha())
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
};

/** A transparent picture is as good as it looks on the worse of two grounds. */
const darkAndLight = [26, 230] as const;

const laidOn = (ground: number, rgba: Uint8Array): Uint8Array => {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const opacity = (rgba[from + 3] ?? 0) / 255;
    for (let channel = 0; channel < 3; channel++)
      rgb[to + channel] = Math.round((rgba[from + channel] ?? 0) * opacity + ground * (1 - opacity));
  }
  return rgb;
};

/** The seams between the squares hide a little of the error beside them. */
const hiddenBySeams = 1.03;

/** Two places: the last bits of an addition must not make another manifest. */
const rounded = (score: number, sampled: boolean): number =>
  Math.round((sampled ? 100 - hiddenBySeams * (100 - score) : score) * 100) / 100;
