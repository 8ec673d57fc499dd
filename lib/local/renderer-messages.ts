import * as z from 'zod';
import { failures } from '../core/errors.ts';
import { kinds, variantFormats } from '../core/formats.ts';
import { reasons } from '../core/manifest.ts';
import { variantNamePattern } from '../core/object-keys.ts';
import type { Trouble } from '../core/trouble.ts';
import type { RenderOrder } from '../ports.ts';

/**
 * What the host says to a renderer: render this original; whether to go on, now that it is known how much that is; or what
 * became of a file that the renderer has sent or named. Renders are numbered, because a file of a render that has failed may come late.
 */
export type ToRenderer =
  | { readonly serial: number; readonly render: RenderOrder }
  | { readonly serial: number; readonly go: boolean }
  | { readonly serial: number; readonly file: number; readonly stored: Stored };

/** `gone`: an earlier file cannot be had, so the renderer makes it. `failed`: the host met trouble, which ends the render. */
export type Stored = 'stored' | 'gone' | 'failed';

const count = z.int().nonnegative();
const digest = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);
const code = z.enum(Object.keys(failures) as [keyof typeof failures]);

/** In the order of the renderer, because the bytes of the manifest follow from it. */
const variant = z.strictObject({
  name: z.string().regex(variantNamePattern),
  format: z.enum(variantFormats),
  width: count,
  height: count,
  bytes: count,
  quality: z.number().nullable(),
  score: z.number().exactOptional(),
  sha256: digest,
  why: z.enum(reasons),
  encoder: z.record(z.string(), z.unknown()),
  fingerprint: z.string().regex(/^[0-9a-f]{32}$/),
});

const part = z.number().min(0).max(1);
const cut = z.strictObject({
  left: part,
  top: part,
  width: part,
  height: part,
  focus: z.strictObject({ x: part, y: part }).nullable(),
});

const size = z.strictObject({ width: count, height: count });
const milliseconds = z.number().nonnegative();

const rendered = z.strictObject({
  kind: z.enum(kinds),
  width: count,
  height: count,
  recipe: z.string().regex(/^[0-9a-f]{16}$/),
  placeholder: z.strictObject({
    thumbhash: z.string().regex(/^[A-Za-z0-9+/]{1,64}={0,2}$/),
    color: z.string().regex(/^#[0-9a-f]{6}$/),
  }),
  variants: z.array(variant).max(1000).readonly(),
  crops: z.record(z.string().regex(variantNamePattern), cut).exactOptional(),
  original: z.strictObject({ width: count.nullable(), height: count.nullable() }),
  software: z.record(z.string().max(100), z.string().max(100)),
  spent: z.strictObject({
    wallMs: milliseconds,
    cpuMs: milliseconds,
    decodeMs: milliseconds,
    resizeMs: milliseconds,
    encodeMs: milliseconds,
    scoreMs: milliseconds,
    deliverMs: milliseconds,
  }),
});

/** Of what a renderer can meet that has no access to anything. */
export const rendererTrouble = z
  .enum(['memory', 'descriptors', 'render-memory', 'render-time', 'codec', 'unknown'] satisfies Trouble[])
  .catch('unknown');
const cause = z.string().max(10_000).optional();

const failure = z.union([
  z.strictObject({ code, message: z.string().max(1000), size: size.optional(), cause }),
  z.strictObject({ trouble: rendererTrouble, cause }),
]);
export type RendererFailure = z.input<typeof failure>;

const serial = { serial: count };
const cost = { ...serial, cpuMs: milliseconds, residentBytes: count };

/** What a renderer says. It has met strangers' bytes, so the host believes nothing that does not have this shape. */
export const fromRenderer = z.union([
  z.strictObject({ says: z.literal('begun'), ...serial, weight: count }),
  z.strictObject({ says: z.literal('file'), ...serial, variant, progress: z.number().min(0).max(1) }),
  z.strictObject({ says: z.literal('same'), ...serial, variant, progress: z.number().min(0).max(1) }),
  z.strictObject({ says: z.literal('done'), rendered, ...cost }),
  z.strictObject({ says: z.literal('failed'), failure, ...cost }),
]);
export type FromRenderer = z.input<typeof fromRenderer>;
