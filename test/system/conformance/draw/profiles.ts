/** Colour spaces as ICC profiles (version 2, matrix and curve), and the same as arithmetic, to compare with. */
export type Space = {
  readonly name: string;
  /** x, y of red, green, blue and of white. */
  readonly primaries: readonly (readonly [number, number])[];
  readonly white: readonly [number, number];
  readonly gamma: number | 'srgb';
};

const d65 = [0.3127, 0.329] as const;
const d50 = [0.3457, 0.3585] as const;

export const spaces = {
  srgb: {
    name: 'sRGB',
    primaries: [
      [0.64, 0.33],
      [0.3, 0.6],
      [0.15, 0.06],
    ],
    white: d65,
    gamma: 'srgb',
  },
  p3: {
    name: 'Display P3',
    primaries: [
      [0.68, 0.32],
      [0.265, 0.69],
      [0.15, 0.06],
    ],
    white: d65,
    gamma: 'srgb',
  },
  adobe: {
    name: 'Adobe RGB',
    primaries: [
      [0.64, 0.33],
      [0.21, 0.71],
      [0.15, 0.06],
    ],
    white: d65,
    gamma: 563 / 256,
  },
  prophoto: {
    name: 'ProPhoto RGB',
    primaries: [
      [0.7347, 0.2653],
      [0.1596, 0.8404],
      [0.0366, 0.0001],
    ],
    white: d50,
    gamma: 1.8,
  },
  rec2020: {
    name: 'Rec. 2020',
    primaries: [
      [0.708, 0.292],
      [0.17, 0.797],
      [0.131, 0.046],
    ],
    white: d65,
    gamma: 'srgb',
  },
} as const satisfies Record<string, Space>;

export type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

const times = (m: Matrix, [x, y, z]: Vector): Vector =>
  m.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Vector;
const product = (a: Matrix, b: Matrix): Matrix => {
  const columns = [0, 1, 2].map((column) => times(a, b.map((row) => row[column]) as unknown as Vector));
  return [0, 1, 2].map((row) => columns.map((column) => column[row])) as unknown as Matrix;
};
const inverse = ([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix => {
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [(e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det],
    [(f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det],
    [(d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det],
  ];
};
const xyz = ([x, y]: readonly [number, number]): Vector => [x / y, 1, (1 - x - y) / y];
const bradford: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];
const adapted = (from: readonly [number, number]): Matrix => {
  const [source, target] = [times(bradford, xyz(from)), times(bradford, xyz(d50))];
  const scale: Matrix = [
    [target[0] / source[0], 0, 0],
    [0, target[1] / source[1], 0],
    [0, 0, target[2] / source[2]],
  ];
  return product(inverse(bradford), product(scale, bradford));
};

/** Linear light in the space to XYZ under D50, where profiles meet. */
const toXyz = ({ primaries, white }: Space): Matrix => {
  const [r, g, b] = primaries.map(xyz) as [Vector, Vector, Vector];
  const columns: Matrix = [
    [r[0], g[0], b[0]],
    [r[1], g[1], b[1]],
    [r[2], g[2], b[2]],
  ];
  const [sr, sg, sb] = times(inverse(columns), xyz(white));
  const scaled = columns.map(([x, y, z]) => [x * sr, y * sg, z * sb]) as unknown as Matrix;
  return product(adapted(white), scaled);
};

const linear = (value: number, gamma: Space['gamma']): number =>
  gamma === 'srgb' ? (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4) : value ** gamma;
const signal = (light: number): number => (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);

/** What a colour of the space looks like, as XYZ under D50. Channels from 0 to 1. */
export const xyzOf = (space: Space, colour: Vector): Vector =>
  times(toXyz(space), colour.map((value) => linear(value, space.gamma)) as unknown as Vector);

/** The nearest that sRGB has, by cutting off what lies outside. Channels from 0 to 1. */
export const srgbOf = (xyzD50: Vector): Vector =>
  times(inverse(toXyz(spaces.srgb)), xyzD50).map((light) =>
    signal(Math.min(1, Math.max(0, light))),
  ) as unknown as Vector;

export const profileOf = (space: Space): Buffer => {
  const m = toXyz(space);
  const column = (at: 0 | 1 | 2): Vector => [m[0][at], m[1][at], m[2][at]];
  return profile('RGB ', [
    ['desc', description(space.name)],
    ['wtpt', xyzTag([0.9642, 1, 0.8249])],
    ['rXYZ', xyzTag(column(0))],
    ['gXYZ', xyzTag(column(1))],
    ['bXYZ', xyzTag(column(2))],
    ['rTRC', curve(space.gamma)],
    ['gTRC', curve(space.gamma)],
    ['bTRC', curve(space.gamma)],
    ['cprt', Buffer.concat([Buffer.from('text\0\0\0\0'), Buffer.from('none\0')])],
  ]);
};

export const greyProfile = (gamma: number): Buffer =>
  profile('GRAY', [
    ['desc', description('Grey')],
    ['wtpt', xyzTag([0.9642, 1, 0.8249])],
    ['kTRC', curve(gamma)],
    ['cprt', Buffer.concat([Buffer.from('text\0\0\0\0'), Buffer.from('none\0')])],
  ]);

/** A press whose inks dim the light of one another. Its paper shines blue through all of them. */
export const pressProfile = (): Buffer => {
  const points = 9;
  const identity = Buffer.from(Array.from({ length: 256 }, (_, entry) => entry));
  const head = Buffer.alloc(48);
  head.write('mft1');
  head.set([4, 3, points], 8);
  [0, 4, 8].forEach((one) => {
    head.writeInt32BE(65536, 12 + 4 * one);
  });
  const grid = Array.from({ length: points ** 4 }, (_, index) => {
    const inks = [3, 2, 1, 0].map((place) => (Math.floor(index / points ** place) % points) / (points - 1));
    return labBytes(overprinted(inks));
  });
  return profile('CMYK', [
    ['desc', description('Press')],
    ['wtpt', xyzTag([0.9642, 1, 0.8249])],
    ['A2B0', Buffer.concat([head, ...Array(4).fill(identity), ...grid, ...Array(3).fill(identity)])],
    ['cprt', Buffer.concat([Buffer.from('text\0\0\0\0'), Buffer.from('none\0')])],
  ]);
};

/** What each full ink lets through of red, green and blue light. */
const transmitted: readonly Vector[] = [
  [0.06, 0.4, 0.75],
  [0.6, 0.08, 0.3],
  [0.95, 0.75, 0.1],
  [0.06, 0.06, 0.08],
];

const shine: Vector = [0.002, 0.003, 0.012];

const overprinted = (inks: readonly number[]): Vector =>
  xyzOf(
    { ...spaces.srgb, gamma: 1 },
    [0, 1, 2].map(
      (channel) =>
        inks.reduce(
          (light, ink, which) => light * (1 - ink * (1 - (transmitted[which]?.[channel] ?? 1))),
          1 - (shine[channel] ?? 0),
        ) + (shine[channel] ?? 0),
    ) as unknown as Vector,
  );

const labBytes = ([x, y, z]: Vector): Buffer => {
  const [fx, fy, fz] = [x / 0.9642, y, z / 0.8249].map((t) =>
    t > 216 / 24_389 ? Math.cbrt(t) : (t * 24_389) / 27 / 116 + 16 / 116,
  ) as [number, number, number];
  return Buffer.from([((116 * fy - 16) * 255) / 100, 128 + 500 * (fx - fy), 128 + 200 * (fy - fz)].map(Math.round));
};

const profile = (colours: 'RGB ' | 'GRAY' | 'CMYK', tags: readonly (readonly [string, Buffer])[]): Buffer => {
  const head = Buffer.alloc(128);
  head.set([2, 0x40], 8);
  head.write(colours === 'CMYK' ? 'prtr' : 'mntr', 12);
  head.write(colours, 16);
  head.write(colours === 'CMYK' ? 'Lab ' : 'XYZ ', 20);
  head.set([7, 208, 0, 1, 0, 1], 24);
  head.write('acsp', 36);
  xyzTag([0.9642, 1, 0.8249]).copy(head, 68, 8);
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length);
  let at = 128 + table.length;
  const bodies = tags.map(([name, body], index) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    table.write(name, 4 + 12 * index, 'latin1');
    table.writeUInt32BE(at, 8 + 12 * index);
    table.writeUInt32BE(body.length, 12 + 12 * index);
    at += padded.length;
    return padded;
  });
  const whole = Buffer.concat([head, table, ...bodies]);
  whole.writeUInt32BE(whole.length, 0);
  return whole;
};

const fixed = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeInt32BE(Math.round(value * 65536));
  return out;
};
const xyzTag = (value: Vector): Buffer => Buffer.concat([Buffer.from('XYZ \0\0\0\0'), ...value.map(fixed)]);
const description = (text: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length + 1);
  return Buffer.concat([Buffer.from('desc\0\0\0\0'), length, Buffer.from(`${text}\0`), Buffer.alloc(78)]);
};
const curve = (gamma: Space['gamma']): Buffer => {
  const points = gamma === 'srgb' ? 1024 : 1;
  const out = Buffer.alloc(12 + 2 * points);
  out.write('curv');
  out.writeUInt32BE(points, 8);
  if (gamma !== 'srgb') out.writeUInt16BE(Math.round(gamma * 256), 12);
  else
    for (let point = 0; point < points; point++)
      out.writeUInt16BE(Math.round(65535 * linear(point / (points - 1), gamma)), 12 + 2 * point);
  return out;
};
