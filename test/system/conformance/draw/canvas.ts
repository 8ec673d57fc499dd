// Looked up once: in the test runner every look at a global costs far more than the arithmetic.
const { abs, ceil, floor, hypot, imul, max, min, round } = Math;

/** Pictures drawn in code: the same on every machine, and asymmetric, so that a wrong turn shows. */
export type Canvas = {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
};
export type Colour = readonly [red: number, green: number, blue: number, alpha?: number];

export const draw = (
  width: number,
  height: number,
  colourAt: (x: number, y: number) => Colour,
  channels: 3 | 4 = 3,
): Canvas => {
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += channels) {
      const [red, green, blue, alpha = 255] = colourAt(x, y);
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
      if (channels === 4) data[at + 3] = alpha;
    }
  return { data, width, height, channels };
};

export const red: Colour = [220, 40, 40];
export const green: Colour = [40, 170, 60];
export const blue: Colour = [40, 70, 200];
export const yellow: Colour = [240, 210, 40];

/** Red, green, blue and yellow quarters, reading order. */
export const quarters = (width: number, height: number): Canvas =>
  draw(width, height, (x, y) => (y < height / 2 ? (x < width / 2 ? red : green) : x < width / 2 ? blue : yellow));

/** Smooth value noise between 0 and 1, by hashing grid points. */
const noise = (x: number, y: number, seed: number): number => {
  const [x0, y0] = [floor(x), floor(y)];
  const [fx, fy] = [smooth(x - x0), smooth(y - y0)];
  const top = mix(hash(x0, y0, seed), hash(x0 + 1, y0, seed), fx);
  const bottom = mix(hash(x0, y0 + 1, seed), hash(x0 + 1, y0 + 1, seed), fx);
  return mix(top, bottom, fy);
};
const smooth = (t: number) => t * t * (3 - 2 * t);
const mix = (a: number, b: number, t: number) => a + (b - a) * t;
const hash = (x: number, y: number, seed: number): number => {
  let h = imul(x, 374761393) ^ imul(y, 668265263) ^ imul(seed, 2147483647 - 1);
  h = imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
};

/** What a camera would see: sky above hills, soft texture at every scale, and sensor noise. */
export const landscape = (width: number, height: number, seed = 1): Canvas =>
  draw(width, height, (x, y) => {
    const [u, v] = [x / width, y / height];
    const horizon = 0.45 + 0.12 * noise(u * 5, 0, seed) + 0.03 * noise(u * 30, 1, seed);
    const grain = 14 * (hash(x, y, seed + 9) - 0.5);
    if (v < horizon) {
      const cloud = noise(u * 6, v * 9, seed + 2) * 40;
      return clamped(110 + 60 * v + cloud + grain, 150 + 60 * v + cloud + grain, 215 + cloud / 3 + grain);
    }
    const detail =
      45 * noise(x / 40, y / 30, seed + 3) + 40 * noise(x / 9, y / 9, seed + 4) + 26 * noise(x / 3, y / 3, seed);
    return clamped(20 + detail + 60 * u + grain, 45 + detail + grain, 15 + detail * 0.5 + grain);
  });

/** The same against the light: a sky that is burnt out, and bare branches before it with edges as hard as a camera makes them. */
export const againstTheLight = (width: number, height: number, seed = 1): Canvas => {
  const view = landscape(width, height, seed);
  return draw(width, height, (x, y) => {
    const at = (y * width + x) * 3;
    if (y > height * 0.55) return [view.data[at] ?? 0, view.data[at + 1] ?? 0, view.data[at + 2] ?? 0];
    const branch =
      abs(noise(x / 22, y / 34, seed + 5) - 0.5) < 0.045 || abs(noise(x / 60, y / 50, seed + 6) - 0.5) < 0.03;
    if (!branch) return [255, 255, 255];
    const bark = 24 + 40 * noise(x / 2, y / 2, seed + 7) + 16 * hash(x, y, seed);
    return clamped(bark, bark * 0.9, bark * 0.8);
  });
};

/** A thing on the white of a studio: soft shades and grain in the middle of nothing. */
export const studio = (width: number, height: number, seed = 1): Canvas =>
  draw(width, height, (x, y) => {
    const [dx, dy] = [(x - width * 0.45) / (width * 0.3), (y - height * 0.5) / (height * 0.36)];
    const distance = hypot(dx, dy);
    if (distance > 1) return [255, 255, 255];
    const shade = 210 * (1 - 0.7 * distance) * (0.7 + 0.3 * noise(x / 6, y / 6, seed)) + 24 * (hash(x, y, seed) - 0.5);
    const ring = floor(distance * 9) % 2 === 0 ? 1 : 0.45;
    return clamped(shade * ring, shade * 0.8 * ring, shade * 0.55);
  });

/** Lights in a black night. */
export const night = (width: number, height: number, seed = 1): Canvas =>
  draw(width, height, (x, y) => {
    const light = noise(x / 9, y / 9, seed) ** 6 * 900 + noise(x / 90, y / 70, seed + 1) ** 3 * 120 - 14;
    const grain = light > 2 ? 18 * (hash(x, y, seed + 2) - 0.5) : 0;
    return clamped(light + grain, light * 0.8 + grain, light * 0.45 + grain);
  });

/** Light letters on dark, as programmers like it. */
export const darkScreen = (width: number, height: number): Canvas =>
  draw(width, height, (x, y) => {
    if (x < 44) return isText(x - 8, y, 26) ? [110, 118, 129] : [22, 27, 34];
    const colours = [
      [201, 209, 217],
      [255, 123, 114],
      [121, 192, 255],
      [126, 231, 135],
    ] as const;
    const [r, g, b] = colours[floor(y / 20) % 4] ?? colours[0];
    return isText(x - 60, y, width * 0.6) ? [r, g, b] : [13, 17, 23];
  });

const clamped = (...channels: [number, number, number]): Colour => {
  const [r, g, b] = channels.map((channel) => max(0, min(255, round(channel))));
  return [r ?? 0, g ?? 0, b ?? 0];
};

/** A window with a title bar, lines of "text" and a chart. */
export const screenshot = (width: number, height: number): Canvas =>
  draw(width, height, (x, y) => {
    if (y < 28) return x > width - 90 && (x + y) % 30 < 12 ? [230, 230, 230] : [52, 73, 94];
    if (x < 160) return (y - 28) % 32 < 1 ? [210, 210, 210] : isText(x - 14, y, 90) ? [60, 60, 60] : [240, 240, 244];
    const [left, top] = [width * 0.55, height * 0.45];
    if (x > left && y > top) {
      const bar = floor((x - left) / 36);
      return (x - left) % 36 < 24 && y > height - 30 - ((bar * 53) % 140) ? [41, 128, 185] : [255, 255, 255];
    }
    return isText(x - 180, y, width - 230) ? [30, 30, 30] : [255, 255, 255];
  });

const isText = (x: number, y: number, length: number): boolean => {
  const line = floor(y / 20);
  if (x < 0 || x > length - ((line * 37) % 60) || y % 20 < 6 || y % 20 > 15) return false;
  return hash(floor(x / 2), floor(y / 2), line) > 0.55 && x % 40 < 34;
};

/** A few flat shapes, like an icon or a logo. */
export const logo = (width: number, height: number): Canvas =>
  draw(width, height, (x, y) => {
    const [dx, dy] = [x - width * 0.4, y - height * 0.5];
    if (hypot(dx, dy) < min(width, height) * 0.3) return [231, 76, 60];
    if (x > width * 0.6 && abs(dy) < height * 0.2) return [44, 62, 80];
    return [255, 255, 255];
  });

/** A logo on nothing, with a soft edge. */
export const cutOut = (width: number, height: number): Canvas =>
  draw(
    width,
    height,
    (x, y) => {
      const distance = hypot(x - width * 0.4, y - height * 0.55) / (min(width, height) * 0.35);
      const alpha = max(0, min(255, round((1 - distance) * 4 * 255)));
      return x < width * 0.4 ? [200, 30, 60, alpha] : [20, 120, 220, alpha];
    },
    4,
  );

export const opaque = (canvas: Canvas): Canvas =>
  draw(
    canvas.width,
    canvas.height,
    (x, y) => {
      const at = (y * canvas.width + x) * canvas.channels;
      return [canvas.data[at] ?? 0, canvas.data[at + 1] ?? 0, canvas.data[at + 2] ?? 0, 255];
    },
    4,
  );

/** Six levels of each channel in squares: 216 colours across the cube. */
export const cubeLevels = [0, 51, 102, 153, 204, 255] as const;
export const patchSide = 16;
export const cube: readonly Colour[] = cubeLevels.flatMap((r) =>
  cubeLevels.flatMap((g) => cubeLevels.map((b): Colour => [r, g, b])),
);

/** Squares of colours, 18 in a row. */
export const patches = (colours: readonly Colour[], channels: 3 | 4 = 3): Canvas =>
  draw(
    18 * patchSide,
    ceil(colours.length / 18) * patchSide,
    (x, y) => colours[floor(y / patchSide) * 18 + floor(x / patchSide)] ?? [0, 0, 0],
    channels,
  );

export const patchCentre = (index: number): readonly [x: number, y: number] => [
  (index % 18) * patchSide + patchSide / 2,
  floor(index / 18) * patchSide + patchSide / 2,
];
