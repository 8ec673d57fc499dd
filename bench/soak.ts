import { readFile } from 'node:fs/promises';
import { darkroom } from './contenders/darkroom.ts';
import { peakRssMb } from './highest-resident.ts';
import type { Photograph } from './photographs.ts';

/** Memory of one process over many images: the slope of the resident set, after the first fifth. */
export const soak = async (photos: readonly Photograph[], count: number): Promise<string> => {
  const originals = await Promise.all(photos.map(({ path }) => readFile(path)));
  const samples: { image: number; mb: number }[] = [];
  for (let image = 0; image < count; image++) {
    const original = originals[image % originals.length];
    if (original) await darkroom(original);
    samples.push({ image, mb: process.memoryUsage.rss() / 2 ** 20 });
    if (image % 50 === 49) process.stderr.write(`${image + 1} images, ${samples.at(-1)?.mb.toFixed(0)} MB\n`);
  }
  const settled = samples.slice(Math.floor(count / 5));
  const meanX = settled.reduce((sum, { image }) => sum + image, 0) / settled.length;
  const meanY = settled.reduce((sum, { mb }) => sum + mb, 0) / settled.length;
  const covariance = settled.reduce((sum, { image, mb }) => sum + (image - meanX) * (mb - meanY), 0);
  const variance = settled.reduce((sum, { image }) => sum + (image - meanX) ** 2, 0);
  const peak = peakRssMb();
  return `${count} images: resident memory ${meanY.toFixed(0)} MB on average, ${((covariance / variance) * 100).toFixed(2)} MB more per 100 images, peak ${peak.toFixed(0)} MB`;
};
