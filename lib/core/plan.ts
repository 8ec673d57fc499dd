import { type Format, formats, type Kind, type SourceFormat, variantFormats } from './formats.ts';
import { type FormatRule, isLossy, type Preset, type Quality, type VariantSpec } from './presets.ts';

/** What the renderer has found out about an original; width and height are those of the upright picture. */
export type Source = {
  readonly width: number;
  readonly height: number;
  readonly kind: Kind;
  readonly transparent: boolean;
  readonly format: SourceFormat;
};

/** Resizing the upright original to `scaled` and cutting `width`×`height` out of it gives the picture. */
export type Crop = {
  readonly width: number;
  readonly height: number;
  readonly fit: 'inside' | 'cover';
  readonly position: 'centre' | 'attention';
};

/** One distinct file to encode, and every variant name under which it is published. */
export type Encoding = {
  readonly picture: Crop;
  readonly format: Format;
  readonly animated: boolean;
  /** `null` where the format loses nothing. */
  readonly quality: Quality | null;
  readonly maxBytes?: number;
  readonly names: readonly string[];
};

/** The exact list of files that a version consists of; names of a preset that come out identical share an encoding. */
export const plan = (preset: Preset, source: Source): readonly Encoding[] => {
  const encodings = new Map<string, Encoding & { names: string[] }>();
  for (const spec of preset.variants)
    for (const format of formatsFor(preset, source)) {
      const picture = pictureFor(spec, source);
      const quality = isLossy(format) ? (spec.quality?.[format] ?? preset.quality[format]) : null;
      const animated = source.kind === 'animated' && formats[format].animation;
      const maxBytes = isLossy(format) ? spec.maxBytes : undefined;
      const identity = JSON.stringify([picture, format, quality, maxBytes, animated]);
      const same = encodings.get(identity);
      if (same) same.names.push(spec.name);
      else {
        const budget = maxBytes === undefined ? {} : { maxBytes };
        encodings.set(identity, { picture, format, animated, quality, ...budget, names: [spec.name] });
      }
    }
  return [...encodings.values()];
};

export const formatsFor = (preset: Preset, source: Source): readonly Format[] => {
  const wanted = new Set(preset.formats[source.kind].map((rule) => resolve(rule, source)));
  return variantFormats.filter((format) => wanted.has(format));
};

const resolve = (rule: FormatRule, source: Source): Format => {
  if (rule === 'still') return source.transparent ? 'png' : 'jpeg';
  if (rule === 'own') return source.transparent || source.format === 'png' ? 'png' : 'jpeg';
  return rule;
};

const pictureFor = (spec: VariantSpec, source: Source): Crop => {
  const boxHeight = spec.height ?? Number.POSITIVE_INFINITY;
  const size =
    spec.fit === 'inside'
      ? scaledBy(Math.min(1, spec.width / source.width, boxHeight / source.height), source)
      : coverBox(spec.width, spec.height ?? spec.width, source);
  // A crop that cuts nothing gives the same picture as fitting inside.
  const cuts = spec.fit === 'cover' && size.width * source.height !== size.height * source.width;
  return { ...size, fit: cuts ? 'cover' : 'inside', position: cuts ? (spec.position ?? 'centre') : 'centre' };
};

/** The largest box of the wanted shape that needs no enlarging. */
const coverBox = (width: number, height: number, source: Source) =>
  scaledBy(Math.min(1, source.width / width, source.height / height), { width, height });

const scaledBy = (scale: number, box: { width: number; height: number }) => ({
  width: Math.max(1, Math.round(box.width * scale)),
  height: Math.max(1, Math.round(box.height * scale)),
});
