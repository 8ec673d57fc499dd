/** One encode, as it is drawn: over its bytes, how like the picture it looks. */
export type Encoded = { readonly quality: number | undefined; readonly bytes: number; readonly score: number };

/** A picture of the folder, and what it shows. */
export type Crop = { readonly file: string; readonly caption: string };
export type Section = {
  readonly title: string;
  readonly heldOut: boolean;
  readonly width: number;
  readonly height: number;
  readonly original: Crop;
  readonly formats: readonly {
    readonly format: string;
    /** The score that the preset asks for. */
    readonly target: number;
    readonly own: readonly Encoded[];
    readonly usual: readonly Encoded[];
    readonly ships: Encoded;
    /** Usual code, with as many bytes as ships. */
    readonly equal: Encoded;
    readonly crops: readonly Crop[];
  }[];
};

const colours: Readonly<Record<string, string>> = { avif: '#b3261e', webp: '#1a6e3c', jpeg: '#1f4fa3' };

export const page = (sections: readonly Section[]): string => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Darkroom: the renderer, to look at</title><style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; background: #f6f6f4; color: #222 }
section { margin-bottom: 3rem } .row { display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: 1rem }
figure { margin: 0 } figcaption { font-variant-numeric: tabular-nums; max-width: 480px }
figure img { width: 480px; height: 360px; display: block; image-rendering: pixelated }
svg { background: #fff; max-width: 100% } svg text { font: 11px system-ui, sans-serif; fill: #444 }
</style></head><body><h1>The renderer, to look at</h1>
<p>Each chart shows how like the original a file looks (SSIMULACRA2, up is better) over its bytes, at one width. A full line is a format
with Darkroom's settings, a dashed line the same format by usual code (sharp's default effort). The ring is the file that ships, the line across the score that
the preset asks for. The crops are the place where the shipped AVIF differs most, at twice their size.</p>
${sections.map(sectionHtml).join('\n')}
</body></html>
`;

const sectionHtml = (section: Section): string => {
  const { title, heldOut, width, height, original, formats } = section;
  const rows = formats.map(({ crops }) => `<div class="row">${[original, ...crops].map(figure).join('')}</div>`);
  const part = heldOut ? ', held out' : '';
  return `<section><h2>${escaped(title)}</h2><p>${width}×${height}${part}</p>${chart(formats)}${rows.join('')}</section>`;
};

const figure = ({ file, caption }: Crop): string =>
  `<figure><img src="${file}" alt="" loading="lazy"><figcaption>${escaped(caption)}</figcaption></figure>`;

const size = { width: 760, height: 360, left: 44, right: 60, top: 16, bottom: 34 };

const chart = (formats: Section['formats']): string => {
  const all = formats.flatMap(({ own, usual, ships }) => [...own, ...usual, ships]);
  const [least, most] = [Math.min(...all.map(({ bytes }) => bytes)), Math.max(...all.map(({ bytes }) => bytes))];
  const low = Math.floor(Math.min(...all.map(({ score }) => score)) / 10) * 10;
  const high = Math.ceil(Math.max(...all.map(({ score }) => score)) / 10) * 10;
  const x = (bytes: number) =>
    size.left + (Math.log(bytes / least) / Math.log(most / least)) * (size.width - size.left - size.right);
  const y = (score: number) =>
    size.height - size.bottom - ((score - low) / (high - low)) * (size.height - size.top - size.bottom);
  const scores = range(low, high, 10).map((score) => {
    const at = y(score).toFixed(1);
    return `<line x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}" stroke="#ddd"/><text x="8" y="${at}" dy="4">${score}</text>`;
  });
  const kilobytes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    .filter((kb) => kb * 1000 >= least && kb * 1000 <= most)
    .map((kb) => `<text x="${x(kb * 1000).toFixed(1)}" y="${size.height - 12}" text-anchor="middle">${kb} kB</text>`);
  const curves = formats.map((drawn) => curvesOf(drawn, { x, y }));
  return `<svg viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img"><title>score over bytes</title>${[...scores, ...kilobytes, ...curves].join('')}</svg>`;
};

type Scale = { readonly x: (bytes: number) => number; readonly y: (score: number) => number };

const curvesOf = ({ format, target, own, usual, ships }: Section['formats'][number], { x, y }: Scale): string => {
  const colour = colours[format] ?? '#222';
  const at = ({ bytes, score }: Encoded) => `${x(bytes).toFixed(1)},${y(score).toFixed(1)}`;
  const line = (points: readonly Encoded[], more: string) =>
    `<polyline points="${points.map(at).join(' ')}" fill="none" stroke="${colour}" ${more}/>`;
  const dots = own.map(
    (point) =>
      `<circle cx="${x(point.bytes).toFixed(1)}" cy="${y(point.score).toFixed(1)}" r="3" fill="${colour}"><title>quality ${point.quality}: ${point.bytes} bytes, ${point.score.toFixed(1)}</title></circle>`,
  );
  const wanted = `<line x1="${x(ships.bytes).toFixed(1)}" x2="${x(ships.bytes).toFixed(1)}" y1="${y(target).toFixed(1)}" y2="${y(ships.score).toFixed(1)}" stroke="${colour}" stroke-dasharray="2 2"/><line x1="${(x(ships.bytes) - 14).toFixed(1)}" x2="${(x(ships.bytes) + 14).toFixed(1)}" y1="${y(target).toFixed(1)}" y2="${y(target).toFixed(1)}" stroke="${colour}"/>`;
  const chosen = `<circle cx="${x(ships.bytes).toFixed(1)}" cy="${y(ships.score).toFixed(1)}" r="7" fill="none" stroke="${colour}" stroke-width="2"><title>ships: ${ships.bytes} bytes, ${ships.score.toFixed(1)}</title></circle>`;
  const last = own.at(-1);
  const label = last
    ? `<text x="${(x(last.bytes) + 8).toFixed(1)}" y="${(y(last.score) + 4).toFixed(1)}" style="fill:${colour}">${format}</text>`
    : '';
  return [line(own, 'stroke-width="2"'), line(usual, 'stroke-dasharray="6 4"'), ...dots, wanted, chosen, label].join(
    '',
  );
};

const range = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
