import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from '../../lib/render/locked-sharp.ts';
import type { Scored } from '../comparison.ts';
import type { Photograph } from '../photographs.ts';
import { referencesOf } from '../references.ts';
import type { Curve, Point } from './effort-curves.ts';

/** A page to look at: each variant beside what it should look like, and what effort and quality buy. */
export const writeReport = async (
  folder: string,
  shown: readonly { readonly photo: Photograph; readonly ours: Scored }[],
  curves: readonly Curve[],
): Promise<string> => {
  await mkdir(folder, { recursive: true });
  const photos = await Promise.all(shown.map(({ photo, ours }, index) => photoSection(folder, photo, ours, index)));
  const page = join(folder, 'index.html');
  await writeFile(page, html(photos.join(''), curves.map(curveFigure).join('')));
  return `the report is ${page}`;
};

const photoSection = async (folder: string, photo: Photograph, ours: Scored, index: number): Promise<string> => {
  const referenceOf = await referencesOf(await readFile(photo.path));
  const names = [...new Set(ours.files.map(({ name }) => name))];
  const rows = await Promise.all(
    names.map(async (name) => {
      const files = ours.files
        .map((file, at) => ({ file, score: ours.scores[at] ?? 0 }))
        .filter(({ file }) => file.name === name);
      const first = files[0]?.file;
      if (!first) return '';
      const { data, width, height } = await referenceOf(first);
      const reference = `${index}-${name}-reference.png`;
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toFile(join(folder, reference));
      const cells = await Promise.all(
        files.map(async ({ file, score }) => {
          const target = `${index}-${name}.${file.format}`;
          await writeFile(join(folder, target), file.bytes);
          return figure(
            target,
            file.width,
            file.height,
            `${file.format} · ${(file.bytes.length / 1000).toFixed(1)} kB · ${score.toFixed(1)}`,
          );
        }),
      );
      return `<div class="row">${figure(reference, width, height, `${name} · reference`)}${cells.join('')}</div>`;
    }),
  );
  const { cpuMs, wallMs } = ours.best;
  return `<section><h2>${escaped(photo.name)}</h2><p>${(cpuMs / 1000).toFixed(2)} s CPU, ${(wallMs / 1000).toFixed(2)} s wall, peak memory ${ours.peakRssMb.toFixed(0)} MB.</p>${rows.join('')}</section>`;
};

const figure = (source: string, width: number, height: number, caption: string): string =>
  `<figure><a href="${source}"><img src="${source}" width="${width}" height="${height}" alt="" loading="lazy"></a><figcaption>${escaped(caption)}</figcaption></figure>`;

const [plotWidth, plotHeight] = [300, 170];

const curveFigure = ({ title, over, points }: Curve): string => {
  const plots = (
    [
      ['bytes', 'kB', (point) => point.bytes / 1000],
      ['CPU', 'ms', (point) => point.cpuMs],
      ['score', '', (point) => point.score],
    ] as const satisfies readonly (readonly [string, string, (point: Point) => number])[]
  ).map(([name, unit, value]) => plot(`${name} ${unit}`, over, points, value));
  return `<div><h3>${escaped(title)}</h3><div class="plots">${plots.join('')}</div></div>`;
};

const plot = (name: string, over: string, points: readonly Point[], value: (point: Point) => number): string => {
  const values = points.map(value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [left, right] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 1];
  const at = (point: Point): [number, number] => [
    40 + ((point.x - left) / Math.max(1e-9, right - left)) * (plotWidth - 70),
    plotHeight - 30 - ((value(point) - low) / Math.max(1e-9, high - low)) * (plotHeight - 60),
  ];
  const line = points
    .map((point) =>
      at(point)
        .map((n) => n.toFixed(1))
        .join(','),
    )
    .join(' ');
  const dots = points.map((point, index) => {
    const [x, y] = at(point);
    const label = values[index] ?? 0;
    return `<circle cx="${x}" cy="${y}" r="3"/><text x="${x}" y="${y - 7}">${label.toFixed(label < 2 ? 4 : 1)}</text><text x="${x}" y="${plotHeight - 12}">${point.x}</text>`;
  });
  return `<svg viewBox="0 0 ${plotWidth} ${plotHeight}" width="${plotWidth}" height="${plotHeight}"><title>${escaped(name)} over ${over}</title><text x="4" y="12" class="name">${escaped(name)}</text><polyline points="${line}"/>${dots.join('')}</svg>`;
};

const html = (photos: string, curves: string): string => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Darkroom: the renderer, to look at</title><style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; background: #f6f6f4; color: #222 }
.row { display: flex; gap: 1rem; overflow-x: auto; margin-bottom: 1.5rem }
figure { margin: 0 } figcaption { font-variant-numeric: tabular-nums }
figure img { max-width: 420px; height: auto; display: block }
.plots { display: flex; flex-wrap: wrap; gap: 1rem } svg { background: #fff }
svg text { font: 9px system-ui, sans-serif; text-anchor: middle } svg .name { text-anchor: start; font-weight: bold }
polyline { fill: none; stroke: #2a6; stroke-width: 2 } circle { fill: #174 }
</style></head><body><h1>The renderer, to look at</h1>
${photos}<section><h2>What effort and quality buy</h2><p>The mean over the photographs; the score is SSIMULACRA2 against the uncompressed variant, 100 is identical.</p>${curves}</section>
</body></html>
`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
