import * as z from 'zod';
import { contentTypes, kinds, variantFormats } from './formats.ts';
import { variantNamePattern } from './object-keys.ts';
import { keepable, type Preset, shippedPresets } from './presets.ts';
import { Unusable } from './unusable.ts';

const wholeNumber = z.number().int();
const qualityStep = wholeNumber.min(1).max(100);
const quality = z.union(
  [
    qualityStep,
    z
      .strictObject({ from: qualityStep, to: qualityStep, score: z.number().min(0).max(100) })
      .refine(({ from, to }) => from <= to),
  ],
  'is a whole number from 1 to 100, or { from, to, score } with from ≤ to: the quality within this range whose score comes nearest',
);
const side = wholeNumber.min(1).max(16_383, 'no format here holds a picture wider or higher than 16 383 pixels');
const mebibyte = 1024 * 1024;

const variantSpec = z.strictObject({
  name: z
    .string()
    .regex(variantNamePattern, 'a variant name is made of lower-case letters, digits and dashes, at most 32'),
  width: side,
  height: side.optional(),
  fit: z.enum(['inside', 'cover']),
  position: z.enum(['centre', 'attention']).optional(),
  quality: z.strictObject({ avif: quality.optional(), webp: quality.optional(), jpeg: quality.optional() }).optional(),
  maxBytes: wholeNumber.min(500).optional(),
});

const formatRules = z.array(z.enum([...variantFormats, 'still', 'own'])).min(1, 'name at least one format');

const preset = z.strictObject({
  variants: z
    .array(variantSpec)
    .min(1, 'a preset needs at least one variant')
    .max(32)
    .refine(
      (variants) => new Set(variants.map((variant) => variant.name)).size === variants.length,
      'two variants of a preset have the same name',
    ),
  formats: z.strictObject(
    Object.fromEntries(kinds.map((kind) => [kind, formatRules])) as Record<(typeof kinds)[number], typeof formatRules>,
  ),
  quality: z.strictObject({ avif: quality, webp: quality, jpeg: quality }),
  keep: z.array(z.enum(keepable)).optional(),
});

const limits = z
  .strictObject({
    maxBytes: wholeNumber
      .min(1)
      .max(200 * mebibyte)
      .default(10 * mebibyte),
    minWidth: side.default(100),
    minHeight: side.default(100),
    maxWidth: side.default(10_000),
    maxHeight: side.default(10_000),
    /**
     * Width × height, for each format that originals have: how much memory a decoder takes for a pixel differs, and AVIF
     * takes most. A decoder that needs the whole picture at once must fit into what a renderer may use.
     */
    maxPixels: z
      .strictObject({
        jpeg: wholeNumber.min(1).default(100_000_000),
        png: wholeNumber.min(1).default(100_000_000),
        webp: wholeNumber.min(1).default(100_000_000),
        avif: wholeNumber.min(1).default(40_000_000),
        gif: wholeNumber.min(1).default(100_000_000),
      })
      .prefault({}),
    maxFrames: wholeNumber.min(1).max(10_000).default(300),
    /** Width × height of the canvas, times the number of frames. */
    maxAnimationPixels: wholeNumber.min(1).default(150_000_000),
    renderSeconds: wholeNumber.min(1).max(900).default(60),
  })
  .refine((limits) => limits.minWidth <= limits.maxWidth, { path: ['minWidth'], error: 'is larger than maxWidth' })
  .refine((limits) => limits.minHeight <= limits.maxHeight, { path: ['minHeight'], error: 'is larger than maxHeight' });

export const configSchema = z
  .strictObject({
    presets: z.record(z.string().regex(variantNamePattern, 'a preset name is like a variant name'), preset),
    defaultPreset: z.string().default('web'),
    limits: limits.prefault({}),
    accept: z
      .array(z.enum(contentTypes))
      .min(1)
      .default([...contentTypes]),
    ticketSeconds: wholeNumber
      .min(10)
      .max(7 * 24 * 3600)
      .default(15 * 60),
    downloadSeconds: wholeNumber
      .min(10)
      .max(7 * 24 * 3600)
      .default(3600),
    keepCopyright: z.boolean().default(false),
    retention: z
      .strictObject({
        /** How long an event is kept and can be sent again. */
        eventDays: wholeNumber.min(1).max(365).default(30),
        /** How long an object without a version (an orphan) is kept. */
        orphanDays: wholeNumber.min(1).max(365).default(1),
        /** After how long the original of a version that failed is removed; 0 keeps it for ever. */
        failedDays: wholeNumber.min(0).max(3650).default(30),
        /** How many images that the catalogue does not know one audit may remove; with more it removes none. */
        orphanImages: wholeNumber.min(0).max(1_000_000).default(100),
        /** The largest share of all images that may be unknown; three are always allowed, where at least as many are known. */
        orphanShare: z.number().min(0).max(0.5).default(0.01),
        /** In the one-box home: how long an image without an upload is kept. */
        expiredDays: wholeNumber.min(1).max(3650).default(30),
        /** In the one-box home: how long a tombstone is kept. */
        tombstoneDays: wholeNumber.min(1).max(3650).default(365),
        /** In the one-box home: how long a job is kept after its end. */
        jobDays: wholeNumber.min(1).max(3650).default(90),
        /** In the one-box home: how long removed objects stay in the trash. */
        trashDays: wholeNumber.min(0).max(365).default(7),
      })
      .prefault({}),
  })
  .refine((config) => Object.hasOwn(config.presets, config.defaultPreset), {
    path: ['defaultPreset'],
    error: 'names a preset that is not among presets',
  });

type Presets = Readonly<Record<string, Preset>>;
export type Config = Omit<z.output<typeof configSchema>, 'presets'> & { readonly presets: Presets };
export type ConfigInput = Omit<z.input<typeof configSchema>, 'presets'> & { readonly presets?: Presets };
export type Limits = Config['limits'];

/** Completes and checks a configuration; throws one sentence per bad field, each with its path. */
export const defineConfig = (input: ConfigInput = {}): Config => {
  const parsed = configSchema.safeParse({ presets: shippedPresets, ...input });
  if (!parsed.success) {
    const complaints = parsed.error.issues.flatMap(complaintsAbout).map((complaint) => `  ${complaint}`);
    throw new Unusable(['darkroom.config.ts cannot be used.', ...complaints].join('\n'));
  }
  // Clients choose presets by name: without a prototype, `constructor` names nothing.
  return { ...parsed.data, presets: Object.assign(Object.create(null), parsed.data.presets) };
};

const complaintsAbout = (issue: z.core.$ZodIssue): readonly string[] => {
  const at = (...more: readonly PropertyKey[]) => [...issue.path, ...more].join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at(key)}: there is no such setting`);
  if (issue.code === 'invalid_key') return issue.issues.map((reason) => `${at()}: ${reason.message}`);
  return [`${at()}: ${issue.message}`];
};
