import { type Canvas, darkScreen, draw, logo, quarters, screenshot } from '../test/system/conformance/draw/canvas.ts';

const { abs, atan2, cos, floor, hypot, PI, sin } = Math;

/** Two dozen graphics of the sorts that people upload, the same on every machine. */
export const drawnGraphics: Readonly<Record<string, () => Canvas>> = {
  window: () => screenshot(1200, 800),
  'wide window': () => screenshot(1900, 700),
  'small window': () => screenshot(700, 500),
  editor: () => darkScreen(1200, 800),
  'wide editor': () => darkScreen(1600, 900),
  'narrow editor': () => darkScreen(500, 900),
  logo: () => logo(500, 400),
  'large logo': () => logo(1600, 1200),
  quarters: () => quarters(300, 300),
  grid: () => draw(600, 400, (x, y) => (x % 40 < 2 || y % 40 < 2 ? [90, 90, 90] : [255, 255, 255])),
  stripes: () => draw(500, 300, (x, y) => ((x + y) % 60 < 30 ? [10, 90, 160] : [250, 250, 240])),
  'line chart': () =>
    draw(1400, 700, (x, y) => {
      if (x < 60 || y > 640) return [250, 250, 250];
      const line = [0, 1, 2].find((at) => abs(y - 320 - 90 * at * sin(x / 90 + at) - 110 * cos(x / 210)) < 2);
      return line === undefined ? (y % 80 < 1 ? [220, 220, 220] : [255, 255, 255]) : shades(line);
    }),
  'bar chart': () =>
    draw(1000, 600, (x, y) =>
      x % 90 < 60 && y > 80 + ((floor(x / 90) * 97) % 430) ? shades(floor(x / 90)) : [255, 255, 255],
    ),
  'pie chart': () =>
    smooth(900, 700, (x, y) => {
      if (hypot(x - 450, y - 350) > 290) return [255, 255, 255];
      return shades(floor(((atan2(y - 350, x - 450) / PI + 1) * 3.5) % 7));
    }),
  rings: () => smooth(800, 800, (x, y) => (floor(hypot(x - 380, y - 410) / 31) % 2 ? [20, 60, 110] : [240, 244, 250])),
  map: () =>
    smooth(1200, 900, (x, y) => {
      let [country, near] = [0, Number.POSITIVE_INFINITY];
      for (const [at, [left, top]] of sites.entries()) {
        const far = abs(x - left) + abs(y - top);
        if (far < near) [country, near] = [at, far];
      }
      return pale(country);
    }),
  'pixel art': () => draw(640, 640, (x, y) => shades((floor(x / 20) * 7 + floor(y / 20) * 13 * floor(x / 80)) % 7)),
  'square code': () =>
    draw(420, 420, (x, y) =>
      ((floor(x / 12) * 31 + floor(y / 12) * 17) * (floor(x / 12) + 3)) % 7 < 3 ? [0, 0, 0] : [255, 255, 255],
    ),
  circuit: () =>
    smooth(1300, 900, (x, y) => {
      if (hypot((x % 160) - 80, (y % 120) - 60) < 14) return [190, 30, 30];
      return x % 160 < 3 || (y % 120 < 3 && floor(x / 160) % 3 > 0) ? [0, 120, 60] : [255, 255, 245];
    }),
  gradient: () =>
    draw(1200, 600, (x, y) =>
      abs(x - 600) < 200 && abs(y - 300) < 60 ? [255, 255, 255] : [30 + x / 10, 80, 200 - y / 6],
    ),
  heat: () => draw(900, 600, (x, y) => [floor(x / 30) * 8, (floor(y / 30) * 41) % 200, 255 - floor(x / 30) * 8]),
  timetable: () =>
    draw(1100, 900, (x, y) => {
      if (x % 137 < 1 || y % 45 < 1) return [150, 150, 150];
      return x % 137 > 12 && x % 137 < 100 && y % 45 > 14 && y % 45 < 28 && (x * 7 + y * 11 + floor(x / 3)) % 5 < 2
        ? [40, 40, 40]
        : y < 45
          ? [225, 235, 250]
          : [255, 255, 255];
    }),
  poster: () =>
    smooth(1000, 1400, (x, y) => {
      if (y > 900 && y < 1250 && x > 100 && x < 900 && y % 70 < 40) return [250, 240, 220];
      return hypot(x - 500, y - 450) < 320 ? [240, 90, 40] : [30, 40, 70];
    }),
  comic: () =>
    smooth(1000, 1000, (x, y) => {
      if (x % 500 < 8 || y % 500 < 8) return [0, 0, 0];
      const far = hypot((x % 500) - 250, (y % 500) - 250);
      return abs(far - 150) < 5 ? [0, 0, 0] : far < 150 ? pale(floor(x / 500) + 2 * floor(y / 500)) : [255, 250, 210];
    }),
};

type Rgb = readonly [number, number, number];

const colours: readonly Rgb[] = [
  [31, 119, 180],
  [255, 127, 14],
  [44, 160, 44],
  [214, 39, 40],
  [148, 103, 189],
  [140, 86, 75],
  [227, 119, 194],
];
const shades = (at: number): Rgb => colours[at % colours.length] ?? [0, 0, 0];
const pale = (at: number): Rgb => {
  const [red, green, blue] = shades(at);
  return [(red + 510) / 3, (green + 510) / 3, (blue + 510) / 3];
};

const sites = Array.from({ length: 12 }, (_, at): readonly [number, number] => [(at * 487) % 1200, (at * 769) % 900]);

/** With edges as programs draw them: each pixel is the mean of four points. */
const smooth = (width: number, height: number, colourAt: (x: number, y: number) => Rgb): Canvas =>
  draw(width, height, (x, y) => {
    const points = [0.25, 0.75].flatMap((down) => [0.25, 0.75].map((across) => colourAt(x + across, y + down)));
    const mean = (channel: 0 | 1 | 2) => points.reduce((sum, point) => sum + point[channel], 0) / points.length;
    return [mean(0), mean(1), mean(2)];
  });
