import { type Case, fileOf, type Outcome, refusedAs } from '../case.ts';
import { type JpegParts, jpegOfSquares, segment } from '../draw/jpeg.ts';
import { colourAt, shown } from '../draw/sharp.ts';
import { expectNear } from './orientation.ts';

/** Flaws that cameras and editors leave in JPEGs that every browser shows whole; and tears that none does. */

type Square = readonly [y: number, cb: number, cr: number];

const [across, down] = [30, 22];
const squareAt = (x: number, y: number): Square => [
  40 + ((x * 7 + y * 5) % 170),
  96 + ((x >> 2) % 5) * 14,
  104 + ((y >> 2) % 5) * 12,
];
const squares = Array.from({ length: across * down }, (_, index) =>
  squareAt(index % across, Math.floor(index / across)),
);

const clamped = (value: number) => Math.max(0, Math.min(255, Math.round(value)));
const rgbOf = ([y, cb, cr]: Square, grey: boolean) =>
  grey
    ? ([y, y, y] as const)
    : ([
        clamped(y + 1.402 * (cr - 128)),
        clamped(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)),
        clamped(y + 1.772 * (cb - 128)),
      ] as const);

const isWhole =
  (grey: boolean) =>
  async (outcome: Outcome): Promise<void> => {
    const pixels = await shown(await fileOf(outcome, 'whole', 'png').bytes());
    squares.forEach((square, index) => {
      const [x, y] = [index % across, Math.floor(index / across)];
      expectNear(`square ${x},${y}`, colourAt(pixels, x * 8 + 4, y * 8 + 4), rgbOf(square, grey), 3);
    });
  };

/** Kept as PNG, so that every square can be compared. */
const lossless: NonNullable<Case['settings']> = {
  preset: {
    variants: [{ name: 'whole', width: 1280, fit: 'inside' }],
    formats: { photo: ['png'], graphic: ['png'], transparent: ['png'], animated: ['png'] },
    quality: { avif: 50, webp: 78, jpeg: 82 },
  },
};

const adobeSegment = (transform: number) => segment(0xee, [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform]);
const jfif = segment(0xe0, [...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]);

const flaws: readonly (readonly [title: string, parts: Partial<JpegParts>])[] = [
  ['no flaw', {}],
  ['restart markers', { restart: 10 }],
  ['a restart marker after every square', { restart: 1 }],
  ['bytes before its restart markers', { restart: 30, beforeRestarts: Buffer.of(1, 2, 3, 4) }],
  ['zeros before its restart markers', { restart: 7, beforeRestarts: Buffer.alloc(2) }],
  ['bytes between its segments', { betweenSegments: Buffer.of(7, 0, 9) }],
  ['fill bytes between its segments', { betweenSegments: Buffer.of(0xff, 0xff) }],
  ['FF00 between its segments', { betweenSegments: Buffer.of(0xff, 0) }],
  ['bytes behind its pixels', { beforeEnd: Buffer.from('left over by a recovery program') }],
  ['a JFIF header', { before: [jfif] }],
  ['an Adobe segment that is cut short', { before: [jfif, segment(0xee, [...Buffer.from('Adobe'), 0, 100])] }],
  ['an Adobe segment of its name alone', { before: [segment(0xee, [...Buffer.from('Adobe')])] }],
  ['progressive parameters', { scan: [0, 0, 0] }],
  ['no parameters of the scan', { scan: [0, 0, 1] }],
  [
    'everything at once',
    {
      before: [jfif, segment(0xee, [...Buffer.from('Adobe'), 0])],
      betweenSegments: Buffer.of(1, 0xff, 0),
      restart: 15,
      beforeRestarts: Buffer.of(5),
      scan: [0, 1, 0],
    },
  ],
];

const inColour: readonly (readonly [title: string, parts: Partial<JpegParts>])[] = [
  ['an Adobe segment that names the transform of four inks', { before: [adobeSegment(2)] }],
  ['a JFIF header and the Adobe transform of four inks', { before: [jfif, adobeSegment(2)] }],
  ['the usual Adobe segment', { before: [adobeSegment(1)] }],
];

const tears: readonly (readonly [title: string, parts: Partial<JpegParts>])[] = [
  ['that has pixels for its upper half only', { stored: squares.length / 2 }],
  ['that lacks its last quarter', { stored: squares.length * 0.75 }],
  [
    'that lacks its last quarter and has a restart marker after every row',
    { stored: squares.length * 0.75, restart: across },
  ],
  ['that lacks its lower half and has restart markers', { stored: squares.length / 2, restart: 10 }],
  ['that lacks pixels and has bytes between its segments', { stored: 400, betweenSegments: Buffer.of(1, 2) }],
];

const row = (title: string, parts: Partial<JpegParts>, check: Case['check'], quick = false): Case => ({
  group: 'flawed jpeg',
  title,
  contentType: 'image/jpeg',
  original: () => jpegOfSquares({ squares, across, ...parts }),
  settings: lossless,
  check,
  quick,
});

export const flawedJpegs: readonly Case[] = [
  ...flaws.flatMap(([title, parts]) => [
    row(`a colour JPEG with ${title} is shown whole`, parts, isWhole(false), true),
    row(`a grey JPEG with ${title} is shown whole`, { ...parts, components: 1 }, isWhole(true)),
  ]),
  ...inColour.map(([title, parts]) => row(`a JPEG with ${title} is shown whole`, parts, isWhole(false), true)),
  ...tears.flatMap(([title, parts]) => [
    row(`a colour JPEG ${title} is corrupt`, parts, refusedAs('corrupt'), true),
    row(`a grey JPEG ${title} is corrupt`, { ...parts, components: 1 }, refusedAs('corrupt')),
  ]),
  ...[0.3, 0.6, 0.9].map((share): Case => {
    const title = `a JPEG with flaws that breaks off after ${share * 100} % is corrupt`;
    const whole = row(title, { betweenSegments: Buffer.of(3), restart: 10 }, refusedAs('corrupt'));
    return {
      ...whole,
      original: async () => {
        const file = await whole.original();
        return file.subarray(0, Math.floor(file.length * share));
      },
    };
  }),
];
