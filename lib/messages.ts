import * as z from 'zod';
import { apiErrors, failures } from './core/errors.ts';
import { kinds, variantFormats } from './core/formats.ts';
import { idPattern } from './core/ids.ts';
import { moves } from './core/image.ts';
import { jobStatuses } from './core/job.ts';

/** Every shape that crosses a process boundary. */

const namesOf = <Key extends string>(table: Record<Key, unknown>) => Object.keys(table) as [Key, ...Key[]];

const sha256 = z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'the base64 of a SHA-256 digest: 44 characters');
const printable = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+$/u;
const filename = z.string().max(255).regex(printable, 'a file name without control characters');
const collection = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'up to 64 letters, digits, dots, dashes and underscores');
const instant = z.iso.datetime();

export const imageId = z.string().regex(idPattern, 'an image id: 26 lower-case letters and digits');
export const status = z.enum(namesOf(moves));

// ── requests ────────────────────────────────────────────────────────────────────────────────────────────────

export const uploadRequest = z.strictObject({
  contentType: z.string().max(255),
  bytes: z.number().int().min(1, 'the exact size of the file in bytes, at least 1'),
  sha256: sha256.optional(),
  filename: filename.optional(),
  collection: collection.optional(),
  preset: z.string().max(32).optional(),
});

export const imagePath = z.strictObject({ id: imageId });

/** Asks for the next version, made from the stored original. */
export const reprocessRequest = z.strictObject({ preset: z.string().max(32).optional() });

export const jobRequest = z
  .strictObject({
    action: z.literal('reprocess'),
    ids: z.array(imageId).min(1).max(1000).optional(),
    collection: collection.optional(),
    all: z.literal(true).optional(),
    preset: z.string().max(32).optional(),
    dryRun: z.boolean().default(false),
  })
  .refine((job) => [job.ids, job.collection, job.all].filter((choice) => choice !== undefined).length === 1, {
    error: 'name exactly one of ids, collection and all',
  });

export const jobPath = z.strictObject({ id: imageId });

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'an Idempotency-Key of 1 to 255 visible ASCII characters');

export const listRequest = z.strictObject({
  collection: collection.optional(),
  status: status.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().min(1).max(512).optional(),
});

// ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────

const links = z.strictObject({ self: z.string() });

export const ticket = z.strictObject({
  id: imageId,
  version: z.number().int().min(1),
  status,
  upload: z.strictObject({
    method: z.literal('PUT'),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    expiresAt: instant,
  }),
  links,
});
export type Ticket = z.output<typeof ticket>;

/** A version that is under way without anything to upload. */
export const versionStarted = z.strictObject({ id: imageId, version: z.number().int().min(1), status, links });

export const download = z.strictObject({ url: z.string(), expiresAt: instant });

export const receipt = z.strictObject({
  id: imageId,
  deletedAt: instant,
  objects: z.number().int().min(0),
  keys: z.array(z.string()),
});

export const job = z.strictObject({
  id: imageId,
  action: z.literal('reprocess'),
  status: z.enum(jobStatuses),
  dryRun: z.boolean(),
  preset: z.string().nullable(),
  createdAt: instant,
  updatedAt: instant,
  /** Null while the images are still being counted. */
  total: z.number().int().nullable(),
  done: z.number().int(),
  failed: z.number().int(),
  /** Already made by the present recipe, or without an original to make them from. */
  skipped: z.number().int(),
  failures: z.array(z.strictObject({ id: imageId, code: z.string(), message: z.string() })),
  /** What a dry run predicts for all the images, from a sample of them. */
  estimate: z
    .strictObject({
      sampled: z.number().int(),
      images: z.number().int(),
      bytes: z.number(),
      seconds: z.number(),
    })
    .nullable(),
});
export type JobAnswer = z.output<typeof job>;

const variant = z.strictObject({
  name: z.string(),
  format: z.enum(variantFormats),
  width: z.number().int().min(1),
  height: z.number().int().min(1),
  bytes: z.number().int().min(1),
  quality: z.number().int().nullable(),
  sha256,
  url: z.string(),
});

const picture = z.strictObject({
  html: z.string(),
  sources: z.array(z.strictObject({ type: z.string(), srcset: z.string() })),
  img: z.strictObject({ src: z.string(), width: z.number().int(), height: z.number().int() }),
});

const visible = z.strictObject({
  version: z.number().int().min(1),
  readyAt: instant,
  kind: z.enum(kinds),
  width: z.number().int().min(1),
  height: z.number().int().min(1),
  recipe: z.string(),
  placeholder: z.strictObject({ thumbhash: z.string(), color: z.string().regex(/^#[0-9a-f]{6}$/) }),
  variants: z.array(variant),
  picture,
  manifest: z.string(),
});

export const image = z.strictObject({
  id: imageId,
  collection: z.string().nullable(),
  filename: z.string().nullable(),
  createdAt: instant,
  updatedAt: instant,
  version: z.number().int().min(1),
  status,
  progress: z.number().min(0).max(1),
  attempts: z.number().int().min(0),
  error: z.strictObject({ code: z.enum(namesOf(failures)), message: z.string() }).nullable(),
  original: z.strictObject({
    contentType: z.string(),
    bytes: z.number().int(),
    sha256: sha256.nullable(),
    width: z.number().int().nullable(),
    height: z.number().int().nullable(),
  }),
  ready: visible.nullable(),
});
export type ImageAnswer = z.output<typeof image>;

export const imagePage = z.strictObject({ items: z.array(image), nextCursor: z.string().nullable() });

export const health = z.strictObject({ status: z.literal('ok'), version: z.string() });

export const problem = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(namesOf(apiErrors)),
  detail: z.string(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.output<typeof problem>;

// ── events between the parts ────────────────────────────────────────────────────────────────────────────────

/** What S3 tells of a new object. Keys arrive URL-encoded, with a plus for a space. */
const objectCreated = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      s3: z.object({ object: z.object({ key: z.string().transform(decodeKey) }) }),
    }),
  ),
});

/** Sent by S3 when a notification is set up; there is nothing to do for it. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') });

/** The tasks of the port `JobQueue`. */
const renderJob = z.strictObject({ render: z.strictObject({ id: imageId, version: z.number().int().min(1) }) });

const sampleJob = z.strictObject({
  sample: z.strictObject({ job: imageId, id: imageId, preset: z.string().nullable() }),
});

const repairJob = z.strictObject({ repair: z.strictObject({ id: imageId, version: z.number().int().min(1) }) });

export const queueMessage = z.union([objectCreated, testEvent, renderJob, sampleJob, repairJob]);
export type QueueMessage = z.input<typeof queueMessage>;

function decodeKey(encoded: string, context: z.RefinementCtx): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    context.addIssue({ code: 'custom', message: 'a key that cannot be decoded' });
    return z.NEVER;
  }
}

// ── what we tell others ─────────────────────────────────────────────────────────────────────────────────────

/** What a webhook and an event bus carry; lib/core/notification.ts says what a consumer may rely on. */
export const notification = z.strictObject({
  id: z.string(),
  type: z.enum(['image.ready', 'image.failed', 'image.deleted']),
  at: instant,
  data: z.strictObject({
    id: imageId,
    version: z.number().int().min(1).optional(),
    error: z.strictObject({ code: z.enum(namesOf(failures)), message: z.string() }).optional(),
  }),
});
export type Notification = z.output<typeof notification>;
