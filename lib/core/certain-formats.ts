import { type Format, type Kind, kinds, variantFormats } from './formats.ts';
import { formatsFor } from './plan.ts';
import type { Preset } from './presets.ts';

/**
 * For every variant name, the formats in which it exists whatever the picture is and whichever preset it was made by:
 * what may be promised about an address before the picture is looked at. The most wanted first; names of which nothing
 * is certain are left out.
 */
export const certainFormats = (
  presets: Readonly<Record<string, Preset>>,
): Readonly<Record<string, readonly Format[]>> => {
  const certain = new Map<string, readonly Format[]>();
  for (const preset of Object.values(presets)) {
    const ofPreset = variantFormats.filter((format) =>
      sources.every((source) => formatsFor(preset, source).includes(format)),
    );
    for (const { name } of preset.variants)
      certain.set(
        name,
        (certain.get(name) ?? variantFormats).filter((format) => ofPreset.includes(format)),
      );
  }
  return Object.fromEntries([...certain].filter(([, formats]) => formats.length > 0));
};

/** One of each sort that makes a difference to the formats. */
const sources = kinds.flatMap((kind: Kind) =>
  (['jpeg', 'png', 'gif'] as const).flatMap((format) =>
    [true, false].map((transparent) => ({ width: 1, height: 1, kind, transparent, format })),
  ),
);
