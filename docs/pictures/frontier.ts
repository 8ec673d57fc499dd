import { writeFileSync } from 'node:fs';
import { type Frontier, frontierWidths, recordedFrontier } from '../../bench/frontier-points.ts';

// `node docs/pictures/frontier.ts`: draws frontier.svg from the recorded results. A test fails when it is stale.

const drawing = new URL('frontier.svg', import.meta.url).pathname;

const size = { width: 760, height: 430, left: 62, right: 190, top: 48, bottom: 56 };
const colours: Readonly<Record<number, string>> = { 256: '#1a7f37', 640: '#0969da', 1280: '#bc4c00' };
const shipped = 'effort 3';

/** AVIF bytes at equal score over CPU, both beside effort 1: a line through the efforts, and what else was tried around it. */
export const frontierSvg = (points: readonly Frontier[]): string => {
  const widest = Math.max(...points.map(({ cpu }) => cpu)) * 1.15;
  const [low, high] = [Math.min(...points.map(({ bytes }) => bytes)) - 0.02, 1.03];
  const x = (cpu: number) =>
    size.left + (Math.log(cpu / 0.85) / Math.log(widest / 0.85)) * (size.width - size.left - size.right);
  const y = (bytes: number) => size.top + ((high - bytes) / (high - low)) * (size.height - size.top - size.bottom);
  const parts = [
    ...[1, 2, 4, 8, 16].filter((cpu) => cpu < widest).map((cpu) => columnAt(x(cpu), `${cpu}×`)),
    ...[0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1].filter((bytes) => bytes > low).map((bytes) => rowAt(y(bytes), bytes)),
    ...frontierWidths.flatMap((width, at) => {
      const own = points.filter((point) => point.width === width);
      if (own.length === 0) return [];
      const efforts = own.filter(({ candidate }) => /^effort \d$/.test(candidate));
      const colour = colours[width] ?? '#000000';
      const line = efforts.map(({ cpu, bytes }) => `${x(cpu).toFixed(1)},${y(bytes).toFixed(1)}`).join(' ');
      return [
        `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...own.map((point) => dot(x(point.cpu), y(point.bytes), point, colour)),
        text(size.width - size.right + 16, size.top + 14 + at * 20, `${width} px wide`, colour),
      ];
    }),
    text(size.width - size.right + 16, size.top + 84, '● efforts 1 to 4, 4:4:4'),
    text(size.width - size.right + 16, size.top + 104, '◉ as shipped'),
    text(size.width - size.right + 16, size.top + 124, '○ what else was tried'),
    text(size.left, 24, 'AVIF: bytes at equal SSIMULACRA2 over CPU of the encoder, both as a ratio to effort 1'),
    text((size.left + size.width - size.right) / 2 - 70, size.height - 14, 'CPU, logarithmic'),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="system-ui, sans-serif" font-size="12">
<title>AVIF bytes at equal score over CPU</title>
<rect width="${size.width}" height="${size.height}" rx="8" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
};

const columnAt = (x: number, label: string): string =>
  `<path d="M${x.toFixed(1)} ${size.top}V${size.height - size.bottom}" stroke="#d0d7de"/>${text(x - 8, size.height - size.bottom + 18, label)}`;

const rowAt = (y: number, bytes: number): string =>
  `<path d="M${size.left} ${y.toFixed(1)}H${size.width - size.right}" stroke="#d0d7de"/>${text(size.left - 36, y + 4, bytes.toFixed(2))}`;

/** The picture says by itself what a point is where the pointer rests on it; the table beside it says it to everyone. */
const dot = (x: number, y: number, { candidate, width }: Frontier, colour: string): string => {
  const isEffort = /^effort \d$/.test(candidate);
  const at = `cx="${x.toFixed(1)}" cy="${y.toFixed(1)}"`;
  const ring = candidate === shipped ? `<circle ${at} r="9" fill="none" stroke="${colour}" stroke-width="2"/>` : '';
  return `<g><title>${candidate}, ${width} px</title>${ring}<circle ${at} r="4" fill="${isEffort ? colour : '#ffffff'}" stroke="${colour}" stroke-width="1.5"/></g>`;
};

const text = (x: number, y: number, words: string, colour = '#1f2328'): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colour}">${words}</text>`;

if (import.meta.filename === process.argv[1]) writeFileSync(drawing, frontierSvg(recordedFrontier()));
