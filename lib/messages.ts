import * as z from 'zod';
import { jobStatuses } from './core/bulk-job.ts';
import { apiErrors, failures } from './core/errors.ts';
import { type Format, kinds, variantFormats } from './core/formats.ts';
import { rights } from './core/grants.ts';
import { healthStatuses } from './core/health.ts';
import { idPattern } from './core/ids.ts';
import { moves } from './core/image.ts';
import { variantFilePattern, versionPattern } from './core/keys.ts';

/** Every shape that crosses a process boundary. */

const namesOf = <Key extends string>(table: Record<Key, unknown>) => Object.keys(table) as [Key, ...Key[]];

/** The last letter stands for four bits: other letters than these would be a second way to write the same digest. */
const sha256 = z
  .string()
  .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'the base64 of a SHA-256 digest: 44 characters');
const filename = z
  .string()
  // Embeddings, overrides and isolates show a name as another one: "photo\u202Egpj.exe" as "photoexe.jpg".
  .regex(
    /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]{1,255}$/u,
    'a file name of 1 to 255 characters, without control characters and without ones that turn the direction of the text',
  )
  // The same without names of classes, which few readers of a document understand; no JSON carries half a surrogate pair.
  .meta({ override: { pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]{1,255}$' } });
const collection = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'up to 64 letters, digits, dots, dashes and underscores');
const instant = z.iso.datetime();
const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `a whole number from ${from} to ${to}`)
    .transform(Number)
    .pipe(z.number().min(from).max(to, `a whole number from ${from} to ${to}`));

export const imageId = z.string().regex(idPattern, 'an image id: 26 lower-case letters and digits');
export const status = z.enum(namesOf(moves)).meta({
  id: 'Status',
  description:
    'Where a version is in its life. `pending`: nothing has been uploaded yet. `processing`: variants are being made. `retrying`: that failed for a passing reason and will be tried again. `ready`: every variant can be fetched. `failed`: the picture cannot be used, or three attempts failed. `expired`: the ticket ended without an upload. The last three are final.',
});
const versionNumber = z.number().int().min(1).meta({ description: 'Counts the versions of one image from 1.' });
const pixels = z.number().int().min(1);
const count = z.number().int().min(0);

/** The keys of the API as both homes keep them: never the keys themselves. */
export const storedKeys = z.array(
  z.union([
    z.string().regex(/^[0-9a-f]{64}$/i, 'the SHA-256 of a key, in hexadecimal'),
    z.strictObject({
      sha256: z.string().regex(/^[0-9a-f]{64}$/i, 'the SHA-256 of a key, in hexadecimal'),
      rights: z.array(z.enum(rights)).min(1, 'at least one right'),
      collections: z.array(collection).min(1, 'at least one prefix').optional(),
    }),
  ]),
);

// ── requests ────────────────────────────────────────────────────────────────────────────────────────────────

export const uploadRequest = z
  .strictObject({
    contentType: z.string().max(255).meta({ description: 'What the file is. The store takes no other type.' }),
    bytes: z
      .number()
      .int()
      .min(1, 'the exact size of the file in bytes, at least 1')
      .meta({ description: 'The exact size of the file. The store takes no other length.' }),
    sha256: sha256.optional().meta({
      description: 'The base64 of the SHA-256 digest of the file; when given, the store takes no other bytes.',
    }),
    filename: filename
      .optional()
      .meta({ description: 'The name under which the original is downloaded again, without control characters.' }),
    collection: collection.optional().meta({ description: 'What the image belongs to: an album, a shop, a person.' }),
    preset: z
      .string()
      .max(32)
      .optional()
      .meta({ description: 'Which list of variants to make; the default of this service when left out.' }),
  })
  .meta({ id: 'UploadRequest', description: 'What is going to be uploaded.' });
export type UploadRequest = z.input<typeof uploadRequest>;

export const imagePath = z.strictObject({ id: imageId.meta({ description: 'The id of an image.' }) });

export const variantPath = z.strictObject({
  id: imageId.meta({ description: 'The id of an image.' }),
  version: z
    .string()
    .regex(versionPattern, 'a version such as v1')
    .transform((text) => Number(text.slice(1)))
    .meta({ description: 'One of its versions, such as `v1`.' }),
  file: z
    .string()
    .regex(variantFilePattern, 'the name of a variant, with or without a format')
    .transform((text) => {
      const [name = '', format] = text.split('.');
      return { name, format: format as Format | undefined };
    })
    .meta({
      description:
        'The name of a variant, such as `640w`. With a format, that is the best one that the viewer can show.',
    }),
});

/** Asks for the next version, made from the stored original. */
export const reprocessRequest = z
  .strictObject({
    preset: z
      .string()
      .max(32)
      .optional()
      .meta({ description: 'Which list of variants to make; that of the version before when left out.' }),
  })
  .meta({ id: 'ReprocessRequest', description: 'May be left out as a whole.' });
export type ReprocessRequest = z.input<typeof reprocessRequest>;

const selections = ['ids', 'collection', 'all'] as const;

export const jobRequest = z
  .strictObject({
    action: z.literal('reprocess'),
    ids: z.array(imageId).min(1).max(1000).optional().meta({ description: 'These images.' }),
    collection: collection.optional().meta({ description: 'Every image of this collection.' }),
    all: z
      .literal(true)
      .optional()
      .meta({ description: 'Every image that was not made by the present recipe of its preset.' }),
    preset: z
      .string()
      .max(32)
      .optional()
      .meta({ description: 'Which list of variants to make; that of each image when left out.' }),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Render a sample only, keep nothing of it, and predict what all of it would take.' }),
  })
  .refine((job) => selections.filter((choice) => job[choice] !== undefined).length === 1, {
    error: 'name exactly one of ids, collection and all',
  })
  .meta({
    id: 'JobRequest',
    description: 'Which images to reprocess: exactly one of `ids`, `collection` and `all`.',
    override: { oneOf: selections.map((choice) => ({ required: [choice] })) },
  });
export type JobRequest = z.input<typeof jobRequest>;

export const jobPath = z.strictObject({ id: imageId.meta({ description: 'The id of a job.' }) });

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'an Idempotency-Key of 1 to 255 visible ASCII characters');

export const listRequest = z.strictObject({
  collection: collection.optional().meta({ description: 'Only images of this collection.' }),
  status: status.optional().meta({ description: 'Only images whose newest version has this status.' }),
  limit: wholeNumber(1, 100)
    .default(25)
    .meta({
      description: 'How many images to answer with at most.',
      // A number, though in a query it is written with letters.
      override: ({ jsonSchema }: { jsonSchema: { pattern?: string } }) => {
        delete jsonSchema.pattern;
        Object.assign(jsonSchema, { type: 'integer', minimum: 1, maximum: 100, default: 25 });
      },
    }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,512}$/, 'a nextCursor of an earlier answer')
    .optional()
    .meta({ description: 'The `nextCursor` of the page before. It may be kept; it says nothing to anybody but us.' }),
});
export type ListRequest = {
  readonly [Field in keyof z.output<typeof listRequest>]?: z.output<typeof listRequest>[Field] | undefined;
};

// ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────

const links = z.strictObject({ self: z.string().meta({ description: 'Where to look at the image.' }) });

export const ticket = z
  .strictObject({
    id: imageId,
    version: versionNumber,
    status,
    upload: z
      .strictObject({
        method: z.literal('PUT'),
        url: z.string(),
        headers: z
          .record(z.string(), z.string())
          .meta({ description: 'Send exactly these, beside the length that every HTTP client adds itself.' }),
        expiresAt: instant,
      })
      .meta({ description: 'The one request that the store accepts under this ticket, with the file as its body.' }),
    watch: z.strictObject({ token: z.string(), expiresAt: instant }).optional().meta({
      description:
        'For a page without a key: sent as `Authorization: Bearer <token>`, the token opens `GET /v1/images/{id}` of this image and nothing else, for a day. Absent where a gateway accepts only the tokens of its issuer.',
    }),
    links,
  })
  .meta({ id: 'Ticket', description: 'Lets its holder upload one file, once.' });
export type Ticket = z.output<typeof ticket>;

export const versionStarted = z
  .strictObject({ id: imageId, version: versionNumber, status, links })
  .meta({ id: 'VersionStarted', description: 'A version that is under way without anything to upload.' });
export type VersionStarted = z.output<typeof versionStarted>;

export const download = z
  .strictObject({ url: z.string(), expiresAt: instant })
  .meta({ id: 'Download', description: 'A signed URL that answers with the original as an attachment.' });
export type Download = z.output<typeof download>;

export const receipt = z
  .strictObject({
    id: imageId,
    deletedAt: instant,
    objects: count.meta({ description: 'How many objects were deleted.' }),
    keys: z.array(z.string()).meta({ description: 'Each of them.' }),
    purged: z.enum(['pending', 'done']).meta({
      description:
        'Whether the CDN has been told to forget the pictures. `pending`: it is told within minutes, again and again until it has taken the order; the event `image.purged` says when. `done` where there is no CDN.',
    }),
  })
  .meta({ id: 'Receipt', description: 'What a deletion removed.' });
export type ReceiptAnswer = z.output<typeof receipt>;

export const job = z
  .strictObject({
    id: imageId,
    action: z.literal('reprocess'),
    status: z.enum(jobStatuses),
    dryRun: z.boolean(),
    preset: z.string().nullable(),
    createdAt: instant,
    updatedAt: instant,
    total: count.nullable().meta({ description: 'How many images the job is about; null while they are counted.' }),
    done: count,
    failed: count,
    skipped: count.meta({ description: 'Deleted meanwhile, or without an original to make anything from.' }),
    failures: z
      .array(z.strictObject({ id: imageId, code: z.string(), message: z.string() }))
      .meta({ description: 'Why images failed; the first hundred of them.' }),
    estimate: z
      .strictObject({
        sampled: count.meta({ description: 'How many images were rendered to predict the rest.' }),
        images: count,
        bytes: z.number(),
        files: z.number().int(),
        /** Of one renderer after the other. */
        seconds: z.number(),
        /** By list prices in the AWS home; null where the machine is your own. */
        dollars: z.number().nullable(),
      })
      .nullable()
      .meta({ description: 'What a dry run predicts for all the images; null without one.' }),
  })
  .meta({ id: 'Job', description: 'Bulk work, and how far it has come.' });
export type JobAnswer = z.output<typeof job>;

const variant = z
  .strictObject({
    name: z.string(),
    format: z.enum(variantFormats),
    width: pixels,
    height: pixels,
    bytes: z.number().int().min(1),
    quality: z.number().int().nullable().meta({ description: 'Null where the format loses nothing.' }),
    score: z.number().max(100).nullable().meta({
      description:
        'SSIMULACRA2 of the decoded file against the pixels that it was made from; of an animation, its first frame. 100 is identical, 90 cannot be told apart side by side, 70 is high quality. Null in versions made before it was measured.',
    }),
    sha256,
    url: z.string().meta({ description: 'Immutable: these bytes, for ever.' }),
  })
  .meta({ id: 'Variant', description: 'One file to show to people.' });

const picture = z
  .strictObject({
    html: z.string().meta({ description: 'A whole `<picture>` element; add an `alt` of your own.' }),
    sources: z.array(z.strictObject({ type: z.string(), srcset: z.string() })),
    img: z.strictObject({ src: z.string(), width: pixels, height: pixels }),
  })
  .meta({ id: 'Picture', description: 'The same variants, ready for a web page.' });

const visible = z
  .strictObject({
    version: versionNumber,
    readyAt: instant,
    kind: z.enum(kinds).meta({ description: 'What the pixels are, which decides the formats.' }),
    width: pixels,
    height: pixels,
    recipe: z.string().meta({ description: 'The fingerprint of everything that shaped the bytes.' }),
    placeholder: z
      .strictObject({ thumbhash: z.string(), color: z.string().regex(/^#[0-9a-f]{6}$/) })
      .meta({ description: 'What to show until the picture is there.' }),
    variants: z.array(variant),
    picture,
    manifest: z.string().meta({ description: 'The list of all files of this version with their hashes and settings.' }),
  })
  .meta({ id: 'Ready', description: 'What people may see.' });

export const image = z
  .strictObject({
    id: imageId,
    collection: z.string().nullable(),
    filename: z.string().nullable(),
    createdAt: instant,
    updatedAt: instant,
    version: versionNumber,
    status,
    progress: z.number().min(0).max(1).meta({ description: 'How far the making of variants has come: a hint.' }),
    attempts: count.meta({ description: 'How many times the making of variants has begun.' }),
    error: z
      .strictObject({ code: z.enum(namesOf(failures)), message: z.string() })
      .nullable()
      .meta({ description: 'Why the version failed; null unless it did.' }),
    original: z
      .strictObject({
        contentType: z.string(),
        bytes: z.number().int().min(1),
        sha256: sha256.nullable(),
        width: pixels.nullable(),
        height: pixels.nullable(),
      })
      .meta({ description: 'What was uploaded. Its width and height are known once it has been decoded.' }),
    ready: visible.nullable().meta({ description: 'The newest version that people may see; null until there is one.' }),
  })
  .meta({ id: 'Image', description: 'One image. The top level speaks of its newest version.' });
export type ImageAnswer = z.output<typeof image>;

export const imagePage = z
  .strictObject({
    items: z.array(image),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Ask again with it for older images; null on the last page.' }),
  })
  .meta({ id: 'ImagePage', description: 'Some images, newest first.' });
export type ImagePage = z.output<typeof imagePage>;

export const health = z
  .strictObject({
    status: z.enum(healthStatuses).meta({
      description:
        '`ok`: all checks are. `degraded`: tickets are given, and a check is not ok. `unavailable`: a request for a ticket would be refused; the answer has status 503.',
    }),
    version: z.string(),
    checks: z
      .array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string().optional() }))
      .meta({ description: 'What the service stands on; which there are depends on the home.' }),
  })
  .meta({ id: 'Health', description: 'The service answers, and says how it is.' });
export type Health = z.output<typeof health>;

export const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string().meta({ description: 'What this code means, always the same sentence.' }),
    status: z.number().int(),
    code: z.enum(namesOf(apiErrors)).meta({ description: 'Stable; decide by this.' }),
    detail: z.string().meta({ description: 'What to do about it this time, for people.' }),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'The fields to correct.' }),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457).' });
export type Problem = z.output<typeof problem>;

/** The OpenAPI document; its own schema is a matter of that specification. */
export const openApi = z.record(z.string(), z.unknown());

// ── events between the parts ────────────────────────────────────────────────────────────────────────────────

/** S3's notification of a new object. Keys arrive URL-encoded, with a plus for a space. */
const objectCreated = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      s3: z.object({ object: z.object({ key: z.string().transform(decodeKey) }) }),
    }),
  ),
});

/** S3 sends this once, when a notification is set up. It needs no work. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') });

/** The tasks of the port `TaskQueue`. */
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
  type: z.enum(['image.ready', 'image.failed', 'image.deleted', 'image.purged']),
  at: instant,
  data: z.strictObject({
    id: imageId,
    version: z.number().int().min(1).optional(),
    error: z.strictObject({ code: z.enum(namesOf(failures)), message: z.string() }).optional(),
  }),
});
export type Notification = z.output<typeof notification>;
