import { kindOf } from '../../lib/render/kind.ts';
import sharp from '../../lib/render/locked-sharp.ts';
import { type Pixels, toPixels } from '../../lib/render/pixels.ts';
import { type Labelled, labelledSet, treated, treatmentNames } from '../labelled-set.ts';
import { scoreOf } from '../references.ts';
import { table } from '../table.ts';

/** How often photo and graphic are told apart as a person did, and what it costs where they are not. */
export const kindAccuracy = async (root: string): Promise<string> => {
  const tally = new Map<string, { right: number; all: number }>();
  const misses: { name: string; label: Labelled['label']; pixels: Pixels }[] = [];
  const count = (key: string, right: boolean) => {
    const entry = tally.get(key) ?? { right: 0, all: 0 };
    tally.set(key, { right: entry.right + Number(right), all: entry.all + 1 });
  };
  for (const { label, name, read } of labelledSet(root)) {
    const picture = await read();
    const { width, height } = await sharp(picture).metadata();
    // Smaller ones are refused before their kind is asked.
    if (width < 100 || height < 100) continue;
    for (const treatment of treatmentNames) {
      const pixels = await toPixels(sharp(await treated(picture, treatment)));
      const right = (await kindOf(pixels)) === label;
      count(`${label} ${treatment}`, right);
      count(label, right);
      count('all', right);
      if (!right) misses.push({ name: `${name}, ${treatment}`, label, pixels });
    }
  }
  const rows = ['photo', 'graphic'].flatMap((label) =>
    ['', ...treatmentNames].map((treatment) => {
      const entry = tally.get(treatment ? `${label} ${treatment}` : label) ?? { right: 0, all: 0 };
      return [label, treatment || 'all together', `${entry.right} of ${entry.all}`, percent(entry)];
    }),
  );
  const all = tally.get('all') ?? { right: 0, all: 0 };
  return [
    table(['labelled', 'treated', 'right', ''], rows),
    `\n${all.right} of ${all.all} right, ${percent(all)}.`,
    ...(await costs(misses)),
    ...misses.slice(0, 20).map(({ name, label }) => `missed: ${name} (${label})`),
  ].join('\n');
};

const percent = ({ right, all }: { right: number; all: number }) =>
  `${((100 * right) / Math.max(1, all)).toFixed(1)} %`;

/** What people get under the wrong kind, beside what they would get under the right one. */
const costs = async (misses: readonly { label: Labelled['label']; pixels: Pixels }[]): Promise<string[]> => {
  const lines: string[] = [];
  for (const label of ['graphic', 'photo'] as const) {
    const own = misses.filter((miss) => miss.label === label);
    if (own.length === 0) continue;
    const totals = { avif: 0, webp: 0, jpeg: 0, png: 0, score: 0 };
    for (const { pixels } of own) {
      const { data, width, height, channels } = pixels;
      const opened = () => sharp(data, { raw: { width, height, channels } });
      const avif = await opened().avif({ quality: 50, effort: 2 }).toBuffer();
      totals.avif += avif.length;
      totals.webp += (await opened().webp({ quality: 78 }).toBuffer()).length;
      totals.jpeg += (await opened().jpeg({ quality: 82, mozjpeg: true }).toBuffer()).length;
      totals.png += (await opened().png({ compressionLevel: 9 }).toBuffer()).length;
      totals.score += await scoreOf(avif, { data, width, height });
    }
    const mean = (total: number) => `${(total / own.length / 1000).toFixed(1)} kB`;
    lines.push(
      label === 'graphic'
        ? `A graphic taken for a photo (${own.length}): AVIF of ${mean(totals.avif)} at a score of ${(totals.score / own.length).toFixed(1)} and a JPEG of ${mean(totals.jpeg)}, instead of WebP of ${mean(totals.webp)} and a PNG of ${mean(totals.png)}.`
        : `A photo taken for a graphic (${own.length}): WebP of ${mean(totals.webp)} instead of AVIF of ${mean(totals.avif)}, and a PNG of ${mean(totals.png)} instead of a JPEG of ${mean(totals.jpeg)}.`,
    );
  }
  return lines;
};
