import { type DeepPixels, linearToSrgb, type Matrix } from './code-points.ts';
import type { Pixels } from './pixels.ts';
import type { Calibration } from './structure/index.ts';

/** Converts pixels of a PNG that says by `gAMA` and `cHRM` what its samples mean, as browsers do. */
export const calibratedToSrgb = (deep: DeepPixels, { gamma, chromaticities }: Calibration): Pixels =>
  linearToSrgb(deep, (signal) => signal ** (1 / gamma), chromaticities && matrixOf(chromaticities));

/**
 * Whether the samples are those of sRGB as near as no eye sees. Most files that say anything say just that, in a gamma
 * of 1/2.2. An exponent that no screen or camera has is an error in the file, and not heeded.
 */
export const isNearSrgb = ({ gamma, chromaticities }: Calibration): boolean =>
  gamma < 0.1 ||
  gamma > 5 ||
  (Math.abs(gamma - 1 / 2.2) < 0.01 && (!chromaticities || isSrgb(chromaticities) || !matrixOf(chromaticities)));

const srgb = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
const isSrgb = (chromaticities: readonly number[]) =>
  chromaticities.every((value, place) => Math.abs(value - (srgb[place] ?? 0)) < 0.01);

/** From linear light in these primaries to linear sRGB; undefined for primaries that span no colours. */
const matrixOf = (chromaticities: readonly number[]): Matrix | undefined => {
  const own = toXyz(chromaticities);
  const back = inverse(toXyz(srgb) ?? []);
  return own && back && product(back, own);
};

/** Linear light to XYZ under the white of sRGB. */
const toXyz = ([wx = 0, wy = 0, rx = 0, ry = 0, gx = 0, gy = 0, bx = 0, by = 0]: readonly number[]):
  | Matrix
  | undefined => {
  if (wy === 0 || ry === 0 || gy === 0 || by === 0) return undefined;
  const [red, green, blue, white] = [xyz(rx, ry), xyz(gx, gy), xyz(bx, by), xyz(wx, wy)];
  const primaries: Matrix = [0, 1, 2].map((row) => [red[row] ?? 0, green[row] ?? 0, blue[row] ?? 0] as const);
  const shares = inverse(primaries);
  if (!shares) return undefined;
  const amounts = times(shares, white);
  const scaled = primaries.map((row) => mapped(row, (value, column) => value * (amounts[column] ?? 0)));
  return product(adaptation(white, xyz(0.3127, 0.329)), scaled);
};

type Vector = readonly [number, number, number];

const xyz = (x: number, y: number): Vector => [x / y, 1, (1 - x - y) / y];

const bradford: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

/** What a colour under one white looks like under another. */
const adaptation = (from: Vector, to: Vector): Matrix => {
  const [source, target] = [times(bradford, from), times(bradford, to)];
  const scaled = bradford.map((row, place) =>
    mapped(row, (value) => (value * (target[place] ?? 1)) / (source[place] || 1)),
  );
  return product(inverse(bradford) ?? bradford, scaled);
};

const mapped = ([x, y, z]: Vector, change: (value: number, place: number) => number): Vector => [
  change(x, 0),
  change(y, 1),
  change(z, 2),
];

const times = ([first = zero, second = zero, third = zero]: Matrix, [x, y, z]: Vector): Vector => {
  const dot = ([a, b, c]: Vector) => a * x + b * y + c * z;
  return [dot(first), dot(second), dot(third)];
};

const product = (left: Matrix, right: Matrix): Matrix => left.map((row) => times(transposed(right), row));

const transposed = ([[a, b, c] = zero, [d, e, f] = zero, [g, h, i] = zero]: Matrix): Matrix => [
  [a, d, g],
  [b, e, h],
  [c, f, i],
];

const inverse = (matrix: Matrix): Matrix | undefined => {
  const [[a, b, c] = zero, [d, e, f] = zero, [g, h, i] = zero] = matrix;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (Math.abs(determinant) < 1e-9) return undefined;
  const cofactors: Matrix = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return cofactors.map((row) => mapped(row, (value) => value / determinant));
};

const zero: Vector = [0, 0, 0];
