import { type Format, type Kind, kinds, variantFormats } from './formats.ts';
import { formatsFor } from './plan.ts';
import type { Preset } from './presets.ts';

/**
 * The format for a viewer that sends this `Accept`. `there` are the formats that exist, the most wanted first. Only a viewer
 * that names AVIF or WebP gets it, and any other gets JPEG or PNG. If there is neither, it gets any format that exists.
 * docs/decisions.md#no-format
 *
 * The text of this function also runs at the edge of the CDN (lib/infra/delivery.ts), on a dialect of ES 5.1: it has to
 * stand alone, and to do without `?.`, `??`, spread, `for … of`, and library calls younger than `includes`.
 */
export function bestFormat(there: readonly Format[], accept: string): Format | undefined {
  const taken = accept.split(',').filter((entry) => !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(entry));
  const types = taken.map((entry) => entry.replace(/;.*$/, '').trim().toLowerCase());
  const named = there.find((format) => (format === 'avif' || format === 'webp') && types.includes(`image/${format}`));
  const plain = there.find((format) => format === 'jpeg' || format === 'png');
  return named || plain || there[there.length - 1];
}

/**
 * For every variant name, the formats in which it may exist, over all presets and kinds: all that an address alone can
 * tell. The most wanted first.
 */
export const possibleFormats = (
  presets: Readonly<Record<string, Preset>>,
): Readonly<Record<string, readonly Format[]>> => {
  const possible = new Map<string, Set<Format>>();
  for (const preset of Object.values(presets)) {
    const ofPreset = sources.flatMap((source) => formatsFor(preset, source));
    for (const { name } of preset.variants) possible.set(name, new Set([...(possible.get(name) ?? []), ...ofPreset]));
  }
  return Object.fromEntries(
    [...possible].map(([name, formats]) => [name, variantFormats.filter((format) => formats.has(format))]),
  );
};

/** One picture of each sort that leads to other formats. */
const sources = kinds.flatMap((kind: Kind) =>
  (['jpeg', 'png', 'gif'] as const).flatMap((format) =>
    [true, false].map((transparent) => ({ width: 1, height: 1, kind, transparent, format })),
  ),
);
