import { type Case, expectEqual, fileOf, type Outcome, refusedAs } from '../case.ts';
import { type AvifParts, avifOf, colourStream, greyStream, unspecified } from '../draw/avif.ts';
import { withCodePoints } from '../draw/avif-boxes.ts';
import { draw } from '../draw/canvas.ts';
import { avif, colourAt, shown } from '../draw/sharp.ts';
import { expectNear } from './orientation.ts';

/** AVIFs whose properties say what the decoder of this sharp does not heed: range, and layers. */

const [width, height] = [256, 160];
const levels = [16, 46, 76, 106, 136, 166, 196, 235] as const;
const steps = draw(width, height, (x) => {
  const level = levels[Math.floor(x / 32)] ?? 0;
  return [level, level, level];
});

const stretched = (level: number) => Math.max(0, Math.min(255, Math.round(((level - 16) * 255) / 219)));

const hasLevels =
  (expected: (level: number) => number, tolerance = 3) =>
  async (outcome: Outcome): Promise<void> => {
    const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
    levels.forEach((level, index) => {
      const grey = expected(level);
      expectNear(`the step of ${level}`, colourAt(pixels, index * 32 + 16, 80), [grey, grey, grey], tolerance);
    });
  };

const grey = async (bitdepth: 8 | 10, more: Partial<AvifParts> = {}) =>
  avifOf({ width, height, channels: 1, ...(await greyStream(steps, bitdepth)), ...more });

const row = (title: string, original: Case['original'], check: Case['check'], quick = false): Case => ({
  group: 'avif',
  title,
  contentType: 'image/avif',
  original,
  check,
  quick,
});

const colourSteps = draw(width, height, (x) => (x < 128 ? [200, 60, 40] : [40, 90, 180]));
const isLike = (file: Case['original']) => async (outcome: Outcome) => {
  // The same stream, with code points that every decoder knows.
  const [plain, made] = [await shown(await file()), await shown(await fileOf(outcome, '1280w', 'webp').bytes())];
  for (const x of [60, 200])
    expectNear(
      `the colour at ${x}`,
      colourAt(made, x, 80),
      colourAt(plain, x, 80).slice(0, 3) as [number, number, number],
      6,
    );
};

const signalled = async (primaries: number, transfer: number, matrix: number, full: boolean) =>
  withCodePoints(await avif(colourSteps, { quality: 95 }), primaries, transfer, { matrix, full });

const unspecifiedAs = async (...codePoints: NonNullable<AvifParts['codePoints']>) => {
  const { stream, configuration } = await colourStream(colourSteps);
  return avifOf({ width, height, channels: 3, stream: unspecified(stream), configuration, codePoints });
};

const layers = [
  ['a1op', [0]],
  ['lsel', [0xff, 0xff]],
] as const;

export const avifRanges: readonly Case[] = [
  ...([8, 10] as const).flatMap((bits) => [
    row(
      `a grey AVIF of ${bits} bits and limited range reaches from black to white`,
      () => grey(bits, { codePoints: [1, 13, 6, false] }),
      hasLevels(stretched),
      true,
    ),
    row(
      `a grey AVIF of ${bits} bits, limited range and nothing else specified reaches from black to white`,
      () => grey(bits, { codePoints: [2, 2, 2, false] }),
      hasLevels(stretched),
    ),
    row(
      `a grey AVIF of ${bits} bits and full range keeps its levels`,
      () => grey(bits, { codePoints: [1, 13, 6, true] }),
      hasLevels((level) => level),
      true,
    ),
    row(
      `a grey AVIF of ${bits} bits whose range only the stream names keeps its levels`,
      () => grey(bits),
      hasLevels((level) => level),
    ),
    row(
      `a grey AVIF of ${bits} bits and limited range in Display P3 reaches from black to white`,
      () => grey(bits, { codePoints: [12, 13, 6, false] }),
      hasLevels(stretched),
    ),
    row(
      `a grey AVIF of ${bits} bits and full range in Display P3 keeps its levels`,
      () => grey(bits, { codePoints: [12, 13, 6, true] }),
      hasLevels((level) => level),
    ),
  ]),
  row(
    'an AVIF of full range with nothing else specified has its contrast',
    () => unspecifiedAs(2, 2, 2, true),
    isLike(() => avif(colourSteps, { quality: 95 })),
    true,
  ),
  row(
    'an AVIF of full range with nothing else specified but in its stream has its contrast',
    () => signalled(2, 2, 2, true),
    isLike(() => avif(colourSteps, { quality: 95 })),
  ),
  row(
    'an AVIF of limited range with nothing else specified is stretched',
    () => unspecifiedAs(2, 2, 2, false),
    isLike(() => unspecifiedAs(1, 13, 6, false)),
  ),
  ...(
    [
      [1, 13, 6],
      [1, 1, 6],
      [1, 2, 6],
      [2, 13, 6],
    ] as const
  ).map(([primaries, transfer, matrix]) =>
    row(
      `an AVIF of full range with code points ${primaries}/${transfer}/${matrix} has its contrast`,
      () => signalled(primaries, transfer, matrix, true),
      isLike(() => avif(colourSteps, { quality: 95 })),
    ),
  ),
  row(
    'an AVIF in layers that are larger than the picture is refused by a sentence that says so',
    async () => avifOf({ width, height, channels: 3, ...(await colourStream(steps)), said: [128, 100], layers }),
    refusedAs('unsupported-format', /layers/),
    true,
  ),
  row(
    'an AVIF in layers that can be decoded is made',
    async () => avifOf({ width, height, channels: 3, ...(await colourStream(steps)), layers }),
    async (outcome) => {
      const pixels = await shown(await fileOf(outcome, '1280w', 'png').bytes());
      expectEqual('the size', [pixels.width, pixels.height], [width, height]);
    },
  ),
  row(
    'an AVIF that promises fewer pixels than its stream has, without layers, is corrupt',
    async () => avifOf({ width, height, channels: 3, ...(await colourStream(steps)), said: [120, 100] }),
    refusedAs('corrupt'),
  ),
];
