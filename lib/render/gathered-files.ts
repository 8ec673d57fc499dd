import type { Cut, Rendering } from '../core/image.ts';
import type { Encoding } from '../core/plan.ts';
import type { Preset } from '../core/presets.ts';
import type { RenderedVariant } from '../ports.ts';
import type { FileFacts } from './make-file.ts';

/** The files of a render as they come, in any order, and at the end in the order of the preset. */
export const gatheredFiles = (encodings: readonly Encoding[], fingerprintOf: (encoding: Encoding) => string) => {
  const total = encodings.reduce((sum, { names }) => sum + names.length, 0);
  const variants: RenderedVariant[] = [];
  const cuts = new Map<string, Cut>();
  /** The variants under every name of an encoding. */
  const named = (encoding: Encoding, facts: FileFacts): readonly RenderedVariant[] => {
    const { picture, format, names } = encoding;
    const { width, height } = picture;
    const fingerprint = fingerprintOf(encoding);
    return names.map((name) => ({ name, format, width, height, ...facts, fingerprint }));
  };
  return {
    named,
    /** How far the render is when so many more variants are there, 0 to 1. */
    progress: (more = 0): number => (variants.length + more) / total,
    add: (variant: RenderedVariant, cut: Cut | undefined): void => {
      variants.push(variant);
      if (cut) cuts.set(variant.name, cut);
    },
    inOrder: (
      preset: Preset,
    ): Required<Pick<Rendering, 'crops'>> & { readonly variants: readonly RenderedVariant[] } => ({
      variants: inPlannedOrder(variants, encodings, preset),
      crops: Object.fromEntries([...cuts].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
  };
};

const inPlannedOrder = (
  variants: readonly RenderedVariant[],
  encodings: readonly Encoding[],
  preset: Preset,
): readonly RenderedVariant[] => {
  const formats = [...new Set(encodings.map(({ format }) => format))];
  const rank = ({ name, format }: RenderedVariant) =>
    preset.variants.findIndex((spec) => spec.name === name) * formats.length + formats.indexOf(format);
  return variants.toSorted((a, b) => rank(a) - rank(b));
};
