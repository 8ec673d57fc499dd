import config from '../darkroom.config.ts';
import { shippedPresets } from '../lib/core/presets.ts';
import type { RenderedVariant } from '../lib/ports.ts';
import { encode } from '../lib/render/encode.ts';
import type { Pixels } from '../lib/render/pixels.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { open } from '../test/system/conformance/draw/sharp.ts';
import { butteraugli } from './butteraugli.ts';
import { drawnGraphics } from './drawn-graphics.ts';
import { labelledSet } from './labelled-set.ts';
import { unpacked } from './photographs.ts';
import { table } from './table.ts';

type Graphic = { readonly name: string; readonly origin: string; readonly read: () => Promise<Buffer> };
type Pair = { readonly origin: string; readonly before: RenderedVariant; readonly after: RenderedVariant } & Distances;
/** By Butteraugli, where the file was replaced. */
type Distances = { readonly distances?: readonly [before: number, after: number] };
type Turn = {
  readonly files: readonly {
    readonly variant: RenderedVariant;
    readonly distance: () => Promise<number | undefined>;
  }[];
  readonly cpuMs: number;
};

const limits = { ...config.limits, minWidth: 1, minHeight: 1, maxBytes: 1e9, renderSeconds: 600 };

/** Bytes and scores of graphics by the preset `web`, beside the same renderer without its near-lossless files. */
export const graphics = async (most: number): Promise<string> => {
  const pairs: Pair[] = [];
  let [pictures, before, after] = [0, 0, 0];
  for (const graphic of graphicsOf(most)) {
    const original = await graphic.read();
    const without = await turn(original, lossyOnly);
    if (!without) continue;
    const now = await turn(original, encode);
    pictures++;
    before += without.cpuMs;
    after += now?.cpuMs ?? 0;
    for (const file of now?.files ?? []) pairs.push(...(await pairOf(graphic.origin, file, without)));
  }
  const head = [
    'origin',
    'format',
    'px wide',
    'files',
    'replaced',
    'bytes',
    'mean score',
    'most points lost',
    'Butteraugli',
  ];
  return `${pictures} graphics, CPU ${(after / before).toFixed(2)}\n\n${table(head, rowsOf(pairs))}`;
};

const graphicsOf = (most: number): readonly Graphic[] => {
  const drawn = Object.entries(drawnGraphics).map(
    ([name, canvas]): Graphic => ({ name, origin: 'drawn', read: () => open(canvas()).png().toBuffer() }),
  );
  const shot = labelledSet(unpacked)
    .filter(({ label, name }) => label === 'graphic' && name.includes('/'))
    .map(({ name, read }): Graphic => ({ name, origin: 'packages', read }));
  return [drawn, shot].flatMap((all) =>
    all.filter((_, at) => Math.floor((at * most) / all.length) !== Math.floor(((at - 1) * most) / all.length)),
  );
};

/** Undefined for what is no graphic to the renderer. */
const turn = async (original: Buffer, by: typeof encode): Promise<Turn | undefined> => {
  const seen = new WeakMap<Uint8Array, Pixels>();
  const remembering: typeof encode = async (pixels, ...how) => {
    const file = await by(pixels, ...how);
    // The renderer gives its pixels back when it has done with them.
    seen.set(file, { ...pixels, data: Buffer.from(pixels.data) });
    return file;
  };
  const files: Turn['files'][number][] = [];
  const order = { contentType: 'image/png', preset: shippedPresets.web, limits, keepCopyright: false } as const;
  const { kind, spent } = await sharpRenderer({ encode: remembering }).render(
    original,
    order,
    async (variant, bytes) => {
      const pixels = seen.get(bytes);
      files.push({ variant, distance: async () => pixels && butteraugli(bytes, pixels) });
    },
  );
  return kind === 'graphic' ? { files, cpuMs: spent.cpuMs } : undefined;
};

/** The other file of a near-lossless attempt is so large that it is never chosen. */
const lossyOnly: typeof encode = (pixels, format, { nearLossless, palette, ...settings }, copyright) => {
  if (nearLossless) return encode(pixels, format, { ...settings, quality: 100 }, copyright);
  return encode(pixels, format, palette ? { compressionLevel: 0 } : settings, copyright);
};

const pairOf = async (origin: string, now: Turn['files'][number], without: Turn): Promise<Pair[]> => {
  const after = now.variant;
  const old = without.files.find(({ variant }) => variant.name === after.name && variant.format === after.format);
  if (!old) return [];
  const pair = { origin, before: old.variant, after };
  if (pair.before.sha256 === after.sha256) return [pair];
  const [from, to] = [await old.distance(), await now.distance()];
  return [{ ...pair, ...(from !== undefined && to !== undefined && { distances: [from, to] }) }];
};

const widths = [
  [401, Number.POSITIVE_INFINITY, '> 400'],
  [0, 400, '≤ 400'],
  [0, Number.POSITIVE_INFINITY, 'all'],
] as const;

const rowsOf = (all: readonly Pair[]): string[][] =>
  [...new Set(all.map(({ origin }) => origin)), undefined].flatMap((origin) =>
    (['webp', 'png', undefined] as const).flatMap((format) =>
      widths.map(([from, to, name]) => {
        const pairs = all.filter(
          (pair) =>
            (origin ?? pair.origin) === pair.origin &&
            (format ?? pair.after.format) === pair.after.format &&
            pair.after.width >= from &&
            pair.after.width <= to,
        );
        return [origin ?? 'all', format ?? 'both', name, ...figures(pairs)];
      }),
    ),
  );

const figures = (pairs: readonly Pair[]): string[] => {
  const replaced = pairs.filter(({ before, after }) => before.sha256 !== after.sha256);
  const sum = (of: (pair: Pair) => number, some = pairs) => some.reduce((total, pair) => total + of(pair), 0);
  const mean = (of: (pair: Pair) => number) => sum(of) / Math.max(1, pairs.length);
  const lost = Math.max(0, ...pairs.map(({ before, after }) => (before.score ?? 0) - (after.score ?? 0)));
  const judged = replaced.filter(({ distances }) => distances);
  const agree = judged.filter(isNoWorse).length;
  return [
    String(pairs.length),
    String(replaced.length),
    (sum(({ after }) => after.bytes) / sum(({ before }) => before.bytes)).toFixed(2),
    `${mean(({ before }) => before.score ?? 0).toFixed(1)} → ${mean(({ after }) => after.score ?? 0).toFixed(1)}`,
    lost.toFixed(1),
    judged.length === 0 ? '–' : `${agree} of ${judged.length} agree`,
  ];
};

/** By Butteraugli: nearer than a lossy file was; beside a lossless one, below the distance at which a difference is seen. */
const isNoWorse = ({ before, distances: [from, to] = [0, 0] }: Pair): boolean =>
  to <= (before.score === 100 ? 1 : from);
