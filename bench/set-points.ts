import { existsSync, readFileSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import config from '../darkroom.config.ts';
import { formats } from '../lib/core/formats.ts';
import { type Preset, shippedPresets } from '../lib/core/presets.ts';
import type { RenderedVariant } from '../lib/ports.ts';
import { encode } from '../lib/render/encode.ts';
import sharp from '../lib/render/locked-sharp.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { sniff } from '../lib/render/sniff.ts';
import { type Rgb, ssimulacra2 } from '../lib/render/ssimulacra2/ssimulacra2.ts';
import { butteraugli } from './butteraugli.ts';
import type { Contender } from './contenders/contender.ts';
import { darkroom } from './contenders/darkroom.ts';
import { limit } from './contenders/limit.ts';
import { usual } from './contenders/usual.ts';
import type { SetPicture } from './picture-set.ts';
import { referencesOf } from './references.ts';

type LadderFile = Pick<RenderedVariant, 'format' | 'width' | 'bytes' | 'quality' | 'why'> & { readonly score: number };
export type Ladder = { readonly kind: string; readonly cpuMs: number; readonly files: readonly LadderFile[] };
export type Point = {
  readonly quality: number;
  readonly bytes: number;
  readonly cpuMs: number;
  readonly score: number;
  /** Butteraugli's, where its program is at hand. */
  readonly distance?: number;
};
const efforts = [1, 3, 4] as const;
type Curves = Readonly<Partial<Record<(typeof efforts)[number], readonly Point[]>>>;
type Width = 256 | 640 | 1280;
type Spent = { readonly cpuMs: number; readonly avifBytes: number; readonly bytes: number };

/** What was found of one photograph. */
export type SetRecord = {
  readonly picture: string;
  readonly heldOut: boolean;
  /** The preset `web` as it ships, and with one quality for all and the efforts that it had before. */
  readonly ladder?: { readonly before: Ladder; readonly now: Ladder };
  readonly avif: Readonly<Partial<Record<Width, Curves>>>;
  readonly cpu?: Readonly<Record<'darkroom' | 'usual' | 'parts', Spent>>;
};

/** A turn goes over so-many-th photographs of the set. The cheap ones come first; usual code takes ten times as long as the rest. */
const turns: readonly { readonly every: number; readonly of: (original: Buffer) => Promise<Partial<SetRecord>> }[] = [
  { every: 1, of: async (original) => ({ avif: await curvesOf(original, 640, [1, 3]) }) },
  {
    every: 1,
    of: async (original) => ({
      ladder: {
        before: await ladderOf(original, oneQuality, oneEffort),
        now: await ladderOf(original, shippedPresets.web),
      },
      avif: await curvesOf(original, 1280, [1, 3]),
    }),
  },
  { every: 4, of: async (original) => ({ avif: await curvesOf(original, 256, efforts) }) },
  { every: 4, of: async (original) => ({ avif: await curvesOf(original, 640, efforts, true) }) },
  { every: 4, of: async (original) => ({ avif: await curvesOf(original, 1280, efforts) }) },
  { every: 8, of: async (original) => ({ cpu: await cpuOf(original) }) },
];

/** Every measurement gets its line at once, so that a run that is cut off goes on later, and its figures count until then. */
export const measureSet = async (pictures: readonly SetPicture[], path: string): Promise<readonly SetRecord[]> => {
  const done = new Set(linesIn(path).map(({ turn, picture }) => `${turn} ${picture}`));
  for (const [turn, { every, of }] of turns.entries())
    for (const [at, { name: picture, path: photograph, heldOut }] of pictures.entries()) {
      if (at % every !== 0 || done.has(`${turn} ${picture}`)) continue;
      const line = { picture, heldOut, turn, avif: {}, ...(await of(await readFile(photograph))) } satisfies Line;
      await appendFile(path, `${JSON.stringify(line)}\n`);
    }
  return recordsIn(path);
};

type Line = SetRecord & { readonly turn: number };

export const recordsIn = (path: string): readonly SetRecord[] => {
  const merged = new Map<string, SetRecord>();
  for (const { turn: _, ...line } of linesIn(path)) {
    const before = merged.get(line.picture);
    merged.set(line.picture, { ...before, ...line, avif: { ...before?.avif, ...line.avif } });
  }
  return [...merged.values()];
};

const linesIn = (path: string): readonly Line[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    : [];

const limits = { ...config.limits, maxBytes: 1e9, renderSeconds: 3600 };

/** Qualities and efforts of the renderer before it chose them by the score. */
const oneQuality: Preset = { ...shippedPresets.web, quality: { avif: 50, webp: 78, jpeg: 82 } };
const oneEffort: typeof encode = (pixels, format, settings, copyright) => {
  const effort = { avif: { effort: 1 }, webp: { effort: 4 }, jpeg: {}, png: {} }[format];
  return encode(pixels, format, { ...settings, ...effort }, copyright);
};

const ladderOf = async (original: Buffer, preset: Preset, by = encode): Promise<Ladder> => {
  const sniffed = sniff(original);
  if (!('accepted' in sniffed)) throw new Error('the original is not of an accepted format');
  const { contentType } = formats[sniffed.accepted];
  const order = { contentType, preset, limits, keepCopyright: false };
  const { kind, variants, spent } = await sharpRenderer({ encode: by }).render(original, order, async () => undefined);
  const files = variants.map(({ format, width, bytes, score, quality, why }) => {
    return { format, width, bytes, score: score ?? Number.NaN, quality, why };
  });
  return { kind, cpuMs: Math.round(spent.cpuMs), files };
};

const cpuOf = async (original: Buffer) => ({
  darkroom: await spentBy(darkroom, original),
  usual: await spentBy(usual, original),
  parts: await spentBy(limit, original),
});

const spentBy = async (contender: Contender, original: Buffer): Promise<Spent> => {
  const { cpuMs, result: files } = await timed(() => contender(original));
  const sum = (made: typeof files) => made.reduce((all, { bytes }) => all + bytes.length, 0);
  return { cpuMs, avifBytes: sum(files.filter(({ format }) => format === 'avif')), bytes: sum(files) };
};

/** Nothing for a photograph that is smaller. */
const curvesOf = async (
  original: Buffer,
  width: Width,
  wanted: readonly (typeof efforts)[number][],
  distances = false,
): Promise<SetRecord['avif']> => {
  const { autoOrient } = await sharp(original, { limitInputPixels: false }).metadata();
  if (autoOrient.width < width) return {};
  const height = Math.round((autoOrient.height * width) / autoOrient.width);
  const picture = await (await referencesOf(original))({ width, height });
  return { [width]: await curveOf(picture, wanted, distances) };
};

/** One point of the higher efforts is enough: they are compared at its score. */
const qualities = { 1: [45, 54], 3: [50], 4: [50] } as const;

const curveOf = async (picture: Rgb, wanted: readonly (typeof efforts)[number][], distances: boolean) => {
  const { data, width, height } = picture;
  const reference = ssimulacra2()(picture);
  const point = async (effort: number, quality: number): Promise<Point> => {
    const { cpuMs, result: file } = await timed(() =>
      sharp(data, { raw: { width, height, channels: 3 } })
        .avif({ chromaSubsampling: '4:4:4', effort, quality })
        .toBuffer(),
    );
    const seen = await sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer();
    const score = Number(reference.score(seen).toFixed(2));
    const distance = distances ? await butteraugli(file, picture) : undefined;
    return { quality, bytes: file.length, cpuMs, score, ...(distance !== undefined && { distance }) };
  };
  const curves: Partial<Record<(typeof efforts)[number], readonly Point[]>> = {};
  for (const effort of wanted) {
    const points: Point[] = [];
    for (const quality of qualities[effort]) points.push(await point(effort, quality));
    curves[effort] = points;
  }
  return curves;
};

const timed = async <Result>(work: () => Promise<Result>): Promise<{ cpuMs: number; result: Result }> => {
  const cpu = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: Math.round((user + system) / 1000), result };
};
