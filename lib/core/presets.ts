import type { Format, Kind } from './formats.ts';

/**
 * One derived picture of a preset. `inside` keeps the whole picture within the box; a missing side is unbounded.
 * `cover` fills the box and crops what is over, around the centre or around what draws the eye.
 */
export type VariantSpec = {
  readonly name: string;
  readonly width: number;
  readonly height?: number | undefined;
  readonly fit: 'inside' | 'cover';
  readonly position?: 'centre' | 'attention' | undefined;
  /** Overrides the preset's quality for this variant. */
  readonly quality?: Partial<Record<LossyFormat, Quality | undefined>> | undefined;
  /** No file of a lossy format may be larger, even at a low quality; the manifest says where this was the reason. */
  readonly maxBytes?: number | undefined;
};

/**
 * One quality for all pictures, or a range: each file gets the quality of the range whose score (SSIMULACRA2) comes nearest
 * to the wanted one.
 */
export type Quality = number | { readonly from: number; readonly to: number; readonly score: number };

/** A lossless format has no quality. */
const losslessFormats = ['png'] as const satisfies readonly Format[];
export type LossyFormat = Exclude<Format, (typeof losslessFormats)[number]>;
export const isLossy = (format: Format): format is LossyFormat =>
  !(losslessFormats as readonly Format[]).includes(format);

/**
 * `still`: one frame, as jpeg, or as png where there is transparency.
 * `own`: the original's own family: jpeg, or png for what came as png or is transparent.
 */
export type FormatRule = Format | 'still' | 'own';

/** `copyright`: the copyright line and the creators. Nothing else of the metadata can be kept, and never a place. */
export const keepable = ['copyright'] as const;

export type Preset = {
  readonly variants: readonly VariantSpec[];
  readonly formats: Readonly<Record<Kind, readonly FormatRule[]>>;
  readonly quality: Readonly<Record<LossyFormat, Quality>>;
  /** What every variant keeps of the metadata of its original; nothing if left out. */
  readonly keep?: readonly (typeof keepable)[number][] | undefined;
};

const inside = (name: string, width: number, height?: number): VariantSpec => ({
  name,
  width,
  ...(height !== undefined && { height }),
  fit: 'inside',
});
const square = (name: string, side: number): VariantSpec => ({ name, width: side, height: side, fit: 'cover' });
const everyKind = (...rules: FormatRule[]): Preset['formats'] => ({
  photo: rules,
  graphic: rules,
  transparent: rules,
  animated: rules,
});

const ladder = [inside('1280w', 1280), inside('960w', 960), inside('640w', 640), inside('320w', 320)] as const;
const squares = [square('256w', 256), square('128w', 128), square('64w', 64)] as const;

const web = {
  variants: [...ladder, ...squares],
  formats: {
    photo: ['avif', 'webp', 'jpeg'],
    graphic: ['webp', 'png'],
    transparent: ['webp', 'png'],
    animated: ['webp', 'still'],
  },
  quality: {
    avif: { from: 45, to: 55, score: 70 },
    webp: { from: 75, to: 82, score: 73 },
    jpeg: { from: 80, to: 85, score: 78 },
  },
} as const satisfies Preset;

export const shippedPresets = {
  web,
  /** As `web`, and larger, for dense screens. */
  wide: { ...web, variants: [inside('2560w', 2560), inside('1920w', 1920), ...web.variants] },
  /**
   * As `wide`, and a file of the original's own size, up to the most pixels that a WebP has on a side. Its qualities are
   * fixed: to look for one by encoding so many pixels again and again could use up the time of a render.
   */
  full: {
    ...web,
    variants: [
      { ...inside('full', 16_383, 16_383), quality: { avif: 50, webp: 80, jpeg: 83 } },
      inside('2560w', 2560),
      inside('1920w', 1920),
      ...web.variants,
    ],
  },
  /** As `web` with a third fewer files of a photo: hardly a viewer shows WebP and not AVIF. */
  lean: { ...web, formats: { ...web.formats, photo: ['avif', 'jpeg'] } },
  gallery: {
    variants: [
      { ...inside('thumbnail', 300, 300), quality: { webp: 85 } },
      { ...inside('preview', 800, 600), quality: { webp: 85 } },
      { ...inside('web', 1200, 1200), quality: { webp: 90 } },
    ],
    formats: everyKind('webp'),
    quality: { avif: 55, webp: 85, jpeg: 85 },
  },
  thumbnails: {
    variants: [square('small', 150), square('medium', 400), square('large', 800)],
    formats: everyKind('own', 'webp'),
    quality: { avif: 55, webp: 85, jpeg: 85 },
  },
  specimen: {
    variants: [inside('small', 300), inside('medium', 800), inside('large', 1200), inside('xlarge', 2000)],
    formats: everyKind('jpeg'),
    quality: { avif: 55, webp: 82, jpeg: 85 },
  },
} as const satisfies Record<string, Preset>;
