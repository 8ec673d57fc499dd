import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

// `npm run draw`: makes an SVG of every text in this folder. A test fails when one of them is stale.

export type Box = { readonly name: string; readonly column: number; readonly row: number; readonly text: string };
export type Arrow = { readonly from: string; readonly to: string; readonly text: string };
export type Drawing = { readonly title: string; readonly boxes: readonly Box[]; readonly arrows: readonly Arrow[] };

const boxLine = /^box (\S+)\s+(\d+) (\d+)\s+(.+)$/;
const arrowLine = /^(\S+) > (\S+)\s+(.+)$/;

export const parseDrawing = (text: string): Drawing => {
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  for (const line of text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))) {
    const [, name, column, row, label] = boxLine.exec(line) ?? [];
    const [, from, to, said] = arrowLine.exec(line) ?? [];
    if (name && label) boxes.push({ name, column: Number(column), row: Number(row), text: label });
    else if (from && to && said) arrows.push({ from, to, text: said });
    else throw new Error(`This is neither a box nor an arrow: ${line}`);
  }
  const [title = ''] = text.split('\n');
  return { title: title.replace(/^# */, ''), boxes, arrows };
};

const cell = { width: 165, height: 60 };
const box = { width: 190, height: 44 };
const margin = 34;

export const svgOf = ({ title, boxes, arrows }: Drawing): string => {
  const centreOf = ({ column, row }: Box) => ({
    x: margin + box.width / 2 + column * cell.width,
    y: margin + box.height / 2 + row * cell.height,
  });
  const width = Math.max(...boxes.map((one) => centreOf(one).x)) + box.width / 2 + margin;
  const height = Math.max(...boxes.map((one) => centreOf(one).y)) + box.height / 2 + margin;
  const find = (name: string) => {
    const found = boxes.find((one) => one.name === name);
    if (!found) throw new Error(`There is no box called ${name}.`);
    return found;
  };
  const lines = arrows.map(({ from, to, text }) => {
    const [start, end] = [centreOf(find(from)), centreOf(find(to))];
    const isTwoWay = arrows.some((other) => other.from === to && other.to === from && other.from !== other.to);
    return arrow(start, end, text, isTwoWay);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13">
<title>${escaped(title)}</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>
<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>
${[...lines, ...boxes.map((one) => boxOf(centreOf(one), one.text))].join('\n')}
</svg>
`;
};

type Point = { readonly x: number; readonly y: number };

const boxOf = ({ x, y }: Point, text: string): string =>
  `<rect x="${x - box.width / 2}" y="${y - box.height / 2}" width="${box.width}" height="${box.height}" rx="8" fill="#f6f8fa" stroke="#57606a"/>
<text x="${x}" y="${y + 5}" text-anchor="middle" fill="#1f2328">${escaped(text)}</text>`;

const arrow = (from: Point, to: Point, text: string, isTwoWay: boolean): string => {
  if (from.x === to.x && from.y === to.y) return loop(from, text);
  const isFlat = from.y === to.y;
  const isUpright = from.x === to.x;
  const [dx, dy] = [Math.sign(to.x - from.x), Math.sign(to.y - from.y)];
  // Of two arrows between the same boxes each keeps to its own side.
  const aside = isTwoWay ? 24 * (dx || dy) : 0;
  const start = {
    x: from.x + (isFlat ? (dx * box.width) / 2 : aside),
    y: from.y + (isFlat ? 0 : (dy * box.height) / 2),
  };
  const end = { x: to.x - (isFlat ? (dx * box.width) / 2 : -aside), y: to.y - (isFlat ? 0 : (dy * box.height) / 2) };
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const anchor = isUpright ? (aside < 0 ? 'end' : 'start') : 'middle';
  const label = isFlat
    ? { x: middle.x, y: middle.y - 7 }
    : { x: middle.x + (isUpright ? (aside < 0 ? -6 : 6) : 50), y: middle.y + (isUpright ? 5 : -2) };
  return `<path d="M${start.x} ${start.y} ${end.x} ${end.y}" stroke="#57606a" fill="none" marker-end="url(#tip)"/>
<text x="${label.x}" y="${label.y}" text-anchor="${anchor}" fill="#57606a" font-size="12">${escaped(text)}</text>`;
};

const loop = ({ x, y }: Point, text: string): string => {
  const bottom = y - box.height / 2;
  return `<path d="M${x - 60} ${bottom} q0 -14 14 -14 h40 q14 0 14 13" stroke="#57606a" fill="none" marker-end="url(#tip)"/>
<text x="${x - 33}" y="${bottom - 19}" text-anchor="middle" fill="#57606a" font-size="12">${escaped(text)}</text>`;
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

if (import.meta.main) {
  const here = import.meta.dirname;
  for (const name of readdirSync(here).filter((name) => name.endsWith('.txt')))
    writeFileSync(
      `${here}/${name.replace('.txt', '.svg')}`,
      svgOf(parseDrawing(readFileSync(`${here}/${name}`, 'utf8'))),
    );
}
