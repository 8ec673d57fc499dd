import { readFile } from 'node:fs/promises';
import config from '../darkroom.config.ts';
import { formats } from '../lib/core/formats.ts';
import { type LossyFormat, type Preset, shippedPresets } from '../lib/core/presets.ts';
import type { RenderedVariant } from '../lib/ports.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { sniff } from '../lib/render/sniff.ts';
import type { SetPicture } from './picture-set.ts';
import { table } from './table.ts';

const limits = { ...config.limits, maxBytes: 1e9, renderSeconds: 600 };
const fixed: Preset = { ...shippedPresets.web, quality: { avif: 50, webp: 78, jpeg: 82 } };

/** What choosing the quality by the score does to the default preset, beside one quality for all; photographs only. */
export const scores = async (pictures: readonly SetPicture[]): Promise<string> => {
  const made: { readonly heldOut: boolean; readonly chosen: Files; readonly same: Files }[] = [];
  for (const { path, heldOut } of pictures) {
    const original = await readFile(path);
    made.push({ heldOut, chosen: await filesOf(original, shippedPresets.web), same: await filesOf(original, fixed) });
  }
  const rows = [false, true].flatMap((heldOut) =>
    (['avif', 'webp', 'jpeg'] as const).map((format) => {
      const own = made.filter((one) => one.heldOut === heldOut);
      const [chosen, same] = [own.flatMap((one) => of(one.chosen, format)), own.flatMap((one) => of(one.same, format))];
      const content = (files: readonly RenderedVariant[]) =>
        files.filter(({ width }) => width >= 300).map(({ score }) => score ?? 0);
      const kept = chosen.filter(({ why }) => why !== 'nearest').length / Math.max(1, chosen.length);
      return [
        heldOut ? 'held out' : 'chosen by',
        String(own.length),
        format,
        `${least(content(same))} → ${least(content(chosen))}`,
        `${median(content(same))} → ${median(content(chosen))}`,
        `${(100 * kept).toFixed(0)} %`,
        (bytesOf(chosen) / bytesOf(same)).toFixed(2),
      ];
    }),
  );
  const cpu = (files: readonly Files[]) => files.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const head = ['set', 'photographs', 'format', 'worst score', 'median score', 'at target or end', 'bytes'];
  const ratio = cpu(made.map(({ chosen }) => chosen)) / cpu(made.map(({ same }) => same));
  return `${table(head, rows)}\n\nCPU of choosing against one quality for all: ${ratio.toFixed(2)}`;
};

type Files = readonly RenderedVariant[] & { readonly cpuMs: number };

const filesOf = async (original: Buffer, preset: Preset): Promise<Files> => {
  const sniffed = sniff(original);
  if (!('accepted' in sniffed)) throw new Error('the original is not of an accepted format');
  const { contentType } = formats[sniffed.accepted];
  const order = { contentType, preset, limits, keepCopyright: false };
  const { variants, spent } = await sharpRenderer().render(original, order, async () => undefined);
  return Object.assign([...variants], { cpuMs: spent.cpuMs });
};

const of = (files: Files, format: LossyFormat) => files.filter((file) => file.format === format);
const least = (values: readonly number[]) => Math.min(...values).toFixed(1);
const median = (values: readonly number[]) =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0).toFixed(1);
const bytesOf = (files: readonly RenderedVariant[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);
