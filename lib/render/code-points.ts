import type { Pixels } from './pixels.ts';
import type { CodePoints } from './structure/index.ts';

/**
 * Converts pixels whose colour is given by code points (ITU-T H.273) to sRGB: wide gamuts by matrix, HDR curves
 * (PQ, HLG) down to the range of a normal screen. The decoder hands such pixels over as they are.
 */
export const toSrgb = (deep: DeepPixels, colour: CodePoints): Pixels => {
  const linear = linearTable(curves[colour.transfer] ?? srgbToLinear, deep.bits);
  const matrix = matrices[colour.primaries] ?? identity;
  return converted(deep, linear, matrix, colour.transfer);
};

/** The same for a curve and a matrix to linear sRGB that are not in the tables of H.273. */
export const linearToSrgb = (deep: DeepPixels, curve: (signal: number) => number, matrix: Matrix = identity): Pixels =>
  converted(deep, linearTable(curve, deep.bits), matrix);

const converted = (deep: DeepPixels, linear: Float64Array, matrix: Matrix, transfer?: number): Pixels => {
  const high = transfer === pq || transfer === hlg;
  const { samples, width, height, channels } = deep;
  const data = Buffer.allocUnsafe(samples.length);
  for (let at = 0; at < samples.length; at += channels) {
    let [red, green, blue] = [
      linear[samples[at] ?? 0] ?? 0,
      linear[samples[at + 1] ?? 0] ?? 0,
      linear[samples[at + 2] ?? 0] ?? 0,
    ];
    if (transfer === hlg) {
      // The system gamma of HLG for a screen of 1000 cd/m².
      const gain = Math.max(0, 0.2627 * red + 0.678 * green + 0.0593 * blue) ** 0.2;
      [red, green, blue] = [red * gain * hdrPeak, green * gain * hdrPeak, blue * gain * hdrPeak];
    }
    if (high) {
      const brightest = Math.max(red, green, blue);
      const gain = brightest > knee ? rolledOff(brightest) / brightest : 1;
      [red, green, blue] = [red * gain, green * gain, blue * gain];
    }
    for (let channel = 0; channel < 3; channel++) {
      const [r, g, b] = matrix[channel] ?? [0, 0, 0];
      data[at + channel] = encoded(r * red + g * green + b * blue);
    }
    if (channels === 4) data[at + 3] = (samples[at + 3] ?? 0) >> 8;
  }
  return { data, width, height, channels, frames: 1 };
};

/** `samples` are 16 bits wide, with the `bits` of the original at the top. */
export type DeepPixels = {
  readonly samples: Uint16Array;
  readonly bits: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
};

export const fullSample = (bits: number): number => (2 ** bits - 1) * 2 ** (16 - bits);

/**
 * What is in none of the tables is taken for sRGB: the curves of BT.709 and BT.601, which Chromium shows so in an AVIF but
 * not in a PNG, and primaries that are rare. docs/rendering.md lists what is converted.
 */
export const isPlainSrgb = ({ primaries, transfer }: CodePoints): boolean =>
  !(primaries in matrices) && !(transfer in curves);

/** Whether nothing about them is taken for sRGB that is not. */
export const isExact = ({ primaries, transfer }: CodePoints): boolean =>
  (primaries === srgbPrimaries || primaries in matrices) && (transfer === srgbTransfer || transfer in curves);

const [srgbPrimaries, srgbTransfer] = [1, 13];
const [pq, hlg] = [16, 18];

/** Diffuse white of HDR pictures (ITU-R BT.2408) in cd/m², and what a bright screen reaches, relative to it. */
const diffuseWhite = 203;
const hdrPeak = 1000 / diffuseWhite;

const curves: Readonly<Record<number, (signal: number) => number>> = {
  4: (signal) => signal ** 2.2,
  5: (signal) => signal ** 2.8,
  8: (signal) => signal,
  [pq]: (signal) => {
    const root = signal ** (1 / 78.84375);
    const linear = Math.max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root);
    return (10_000 / diffuseWhite) * linear ** (1 / 0.1593017578125);
  },
  [hlg]: (signal) =>
    signal <= 0.5 ? signal ** 2 / 3 : (Math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12,
};

const linearTable = (curve: (signal: number) => number, bits: number): Float64Array => {
  const full = fullSample(bits);
  return Float64Array.from({ length: 65_536 }, (_, sample) => curve(Math.min(1, sample / full)));
};

const srgbToLinear = (signal: number): number =>
  signal <= 0.04045 ? signal / 12.92 : ((signal + 0.055) / 1.055) ** 2.4;

/** Highlights bend towards white instead of being cut off. */
const knee = 0.7;
const rolledOff = (light: number): number => knee + (1 - knee) * (1 - Math.exp((knee - light) / (1 - knee)));

const encodedTable = Uint8Array.from({ length: 4097 }, (_, step) => {
  const light = (step / 4096) ** 2;
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
});

/** Looked up over the square root of the light, so that shadows get as many steps as they need. */
const encoded = (light: number): number =>
  encodedTable[Math.round(4096 * Math.sqrt(Math.min(1, Math.max(0, light))))] ?? 0;

export type Matrix = readonly (readonly [number, number, number])[];

const identity: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** From linear light in these primaries (white D65) to linear sRGB. */
const matrices: Readonly<Record<number, Matrix>> = {
  9: [
    [1.660491, -0.587641, -0.07285],
    [-0.12455, 1.1329, -0.008349],
    [-0.018151, -0.100579, 1.11873],
  ],
  12: [
    [1.22494, -0.22494, 0],
    [-0.042057, 1.042057, 0],
    [-0.019638, -0.078636, 1.098274],
  ],
};
