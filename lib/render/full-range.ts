import { type DeepPixels, fullSample } from './code-points.ts';
import type { Pixels } from './pixels.ts';

/** Stretches greys that were stored from 16 to 235, as video is, to all 256 levels, in place. */
export const stretched = (pixels: Pixels): Pixels => {
  const { data, channels } = pixels;
  for (let at = 0; at < data.length; at++) if (channels === 3 || at % 4 !== 3) data[at] = table[data[at] ?? 0] ?? 0;
  return pixels;
};

const table = Uint8ClampedArray.from({ length: 256 }, (_, level) => ((level - 16) * 255) / 219);

/** The same for deep samples, before their colours are converted. */
export const stretchedDeep = (deep: DeepPixels): DeepPixels => {
  const { samples, bits, channels } = deep;
  const full = fullSample(bits);
  for (let at = 0; at < samples.length; at++) {
    if (channels === 4 && at % 4 === 3) continue;
    const level = ((samples[at] ?? 0) / 256 - 16) / 219;
    samples[at] = Math.round(full * Math.min(1, Math.max(0, level)));
  }
  return deep;
};
