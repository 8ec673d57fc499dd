import * as z from 'zod';
import { jobStatuses, pauseReasons } from '../core/bulk-job.ts';
import { apiErrors, type FieldError, failures } from '../core/errors.ts';
import { kinds, variantFormats } from '../core/formats.ts';
import { healthStatuses } from '../core/health.ts';
import { troubles } from '../core/trouble.ts';
import { count, imageId, instant, namesOf, pixels, sha256, status, versionNumber } from './common.ts';

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
    watch: z.strictObject({ token: z.string(), expiresAt: instant }).meta({
      description:
        'For a page without a key: sent as `Authorization: Bearer <token>`, the token opens `GET /v1/uploads/{id}` of this image and nothing else, for a day. Where keys are those of this service, it also opens `GET /v1/images/{id}`.',
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
  .strictObject({
    url: z.string(),
    expiresAt: instant,
    version: versionNumber.meta({
      description: 'The version with which this original came: the newest one for which a file has arrived.',
    }),
    bytes: count,
    sha256: sha256.nullable().meta({
      description: 'Of the original. Null where the ticket named none and no picture was made of the file.',
    }),
  })
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
    status: z.enum(jobStatuses).meta({
      description:
        '`done` and `cancelled` are final. Images that are with the renderers when a job is paused or cancelled are still made and counted.',
    }),
    dryRun: z.boolean(),
    preset: z.string().nullable(),
    createdAt: instant,
    updatedAt: instant,
    total: count.nullable().meta({ description: 'How many images the job is about; null while they are counted.' }),
    done: count,
    failed: count,
    skipped: count.meta({
      description:
        'Deleted meanwhile, without an original to make anything from, or with a new upload that has not ended.',
    }),
    pausedBecause: z.enum(pauseReasons).nullable().meta({
      description:
        'Why a paused job is paused: it was `asked` to, or its budget is used up and images are left. Null unless it is paused.',
    }),
    budget: z
      .strictObject({ images: count.nullable(), dollars: z.number().nullable() })
      .nullable()
      .meta({ description: 'The most that the job may take; null without a limit.' }),
    spent: z
      .strictObject({
        images: count,
        /** As in an estimate; also null until the first image is ready. */
        dollars: z.number().nullable(),
      })
      .meta({ description: 'What the images took that have been handed to the renderers.' }),
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

export const jobPage = z
  .strictObject({ items: z.array(job), nextCursor: z.string().nullable() })
  .meta({ id: 'JobPage', description: 'Jobs, newest first; `nextCursor` is null on the last page.' });
export type JobPage = z.output<typeof jobPage>;

const variant = z
  .strictObject({
    name: z.string(),
    format: z.enum(variantFormats),
    width: pixels,
    height: pixels,
    bytes: z.number().int().min(1),
    quality: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Null where the file keeps every pixel, or nearly: `score` is 100 if it keeps every one.' }),
    score: z.number().max(100).nullable().meta({
      description:
        'SSIMULACRA2 of the decoded file against the pixels that it was made from; of an animation, its first frame. 100 is identical, 90 cannot be told apart side by side, 70 is high quality. Null in versions made before it was measured.',
    }),
    sha256,
    storedAt: instant
      .nullable()
      .meta({ description: 'When the file was stored. Null in versions made before it was kept.' }),
    url: z.string().meta({ description: 'Immutable: these bytes, for ever.' }),
  })
  .meta({ id: 'Variant', description: 'One file to show to people.' });

const picture = z
  .strictObject({
    html: z
      .string()
      .meta({ description: 'A whole `<picture>` element, with the `alt` and the `sizes` of the request.' }),
    sources: z.array(z.strictObject({ type: z.string(), srcset: z.string() })),
    img: z.strictObject({ src: z.string(), width: pixels, height: pixels }),
  })
  .meta({ id: 'Picture', description: 'The same variants, ready for a web page.' });

const crop = z
  .strictObject({
    name: z.string(),
    left: z.number(),
    top: z.number(),
    width: z.number(),
    height: z.number(),
    focus: z.strictObject({ x: z.number(), y: z.number() }).nullable().meta({
      description:
        'The point that was found to draw the eye, where the preset asks for it by `position: attention`; null where the middle was taken.',
    }),
  })
  .meta({
    id: 'Crop',
    description: 'The part of the upright original that the files of this name show, in parts of its sides, 0 to 1.',
  });

const requestedAt = instant;
const arrivedAt = instant.nullable();
const startedAt = instant.nullable();
const ms = z.number().int().min(0);
const endedAttempts = z.array(
  z
    .strictObject({
      startedAt: instant,
      endedAt: instant.nullable().meta({ description: 'Null where no renderer was left to say so.' }),
      trouble: z.enum(namesOf(troubles)),
      reason: z.string().meta({ description: 'The same as half a sentence.' }),
      counted: z
        .boolean()
        .meta({ description: 'False where the machine was to blame: such an attempt is not charged.' }),
    })
    .meta({ id: 'EndedAttempt', description: 'An attempt that ended without a result, and was followed by another.' }),
);

const visible = z
  .strictObject({
    version: versionNumber,
    source: versionNumber.meta({
      description: 'The version with which its original came: this one, or after a reprocess an earlier one.',
    }),
    requestedAt: requestedAt.meta({ description: 'When it was asked for: by a ticket or by a reprocess.' }),
    arrivedAt: arrivedAt.meta({
      description:
        'When its original was there. Null where none was uploaded for it (a reprocess), and in versions made before it was kept.',
    }),
    startedAt: startedAt.meta({
      description: 'When the attempt that made it began. Null in versions made before it was kept.',
    }),
    endedAttempts: endedAttempts.meta({ description: 'The attempts before that one, oldest first; the last five.' }),
    readyAt: instant,
    spent: z
      .strictObject({
        wallMs: ms,
        cpuMs: ms,
        decodeMs: ms,
        resizeMs: ms,
        encodeMs: ms,
        scoreMs: ms,
        deliverMs: ms,
      })
      .nullable()
      .meta({
        description:
          'How long the render took, in milliseconds: as a whole, of processor time, and in each phase. Phases of several files run side by side, so together they can be longer than the whole. Null in versions made before it was kept.',
      }),
    kind: z.enum(kinds).meta({ description: 'What the pixels are, which decides the formats.' }),
    width: pixels,
    height: pixels,
    recipe: z.string().meta({ description: 'The fingerprint of everything that shaped the bytes.' }),
    placeholder: z
      .strictObject({ thumbhash: z.string(), color: z.string().regex(/^#[0-9a-f]{6}$/) })
      .meta({ description: 'What to show until the picture is there.' }),
    variants: z.array(variant),
    crops: z.array(crop).nullable().meta({
      description:
        'Of each variant that shows a part of the picture, which part. Null in versions made before it was kept.',
    }),
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
    requestedAt: requestedAt.meta({
      description: 'When the newest version was asked for: by a ticket or by a reprocess.',
    }),
    arrivedAt: arrivedAt.meta({
      description:
        'When the original of the newest version was there. Null before the first attempt to make the variants, and where none is uploaded (a reprocess).',
    }),
    startedAt: startedAt.meta({
      description: 'When the newest attempt to make the variants began; null before the first.',
    }),
    endedAttempts: endedAttempts.meta({
      description:
        'The attempts for the newest version that ended without a result, oldest first; the last five. Empty in versions made before they were kept.',
    }),
    error: z
      .strictObject({ code: z.enum(namesOf(failures)), message: z.string() })
      .nullable()
      .meta({ description: 'Why the version failed; null unless it did.' }),
    tookMs: ms.nullable().meta({
      description:
        'How long the attempt that ended a failed version took, in milliseconds. Null unless the version failed, where no renderer was left to say so, and in versions made before it was kept. Of a ready version, `ready.spent` says it.',
    }),
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
      .meta({ description: 'Ask again with it for the next images; null on the last page.' }),
  })
  .meta({ id: 'ImagePage', description: 'Some images, sorted by age.' });
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

const series = z.array(z.number().nullable());
const amount = z.number().min(0);

export const recentFigures = z
  .strictObject({
    to: instant.meta({ description: 'When the minute of the last value of each series ended.' }),
    stepSeconds: z.number().int().min(1).meta({ description: 'From one value of a series to the next.' }),
    series: z
      .strictObject({
        ready: series.meta({ description: 'Images that became ready.' }),
        failed: series.meta({ description: 'Images that failed.' }),
        waiting: series.meta({
          description: 'Tasks that waited or were worked on: the most that was seen since the value before.',
        }),
        renderMedianMs: series.meta({ description: 'Half of the renders took no longer.' }),
        renderP95Ms: series.meta({ description: '95 % of the renders took no longer.' }),
        answerP95Ms: series.meta({
          description: '95 % of the answers took no longer. PUTs of originals are not counted.',
        }),
      })
      .meta({
        description:
          'Series of equal length, the oldest value first. Each value is about the minute that ended then, and null where there was nothing to measure. Shorter than asked for when the service has not run for so long.',
      }),
    queue: z
      .strictObject({
        tasks: count,
        oldestMs: amount
          .nullable()
          .meta({ description: 'How long the oldest task has waited; null if that is not known.' }),
      })
      .nullable()
      .meta({ description: 'Tasks that wait or are worked on, now.' }),
    renders: z
      .strictObject({
        since: instant,
        count,
        cpuMs: amount.nullable().meta({ description: 'Processor time of one, on average.' }),
        dollars: amount.nullable().meta({
          description: 'What one cost on average, by list prices in the AWS home; null where the machine is your own.',
        }),
      })
      .meta({
        description: 'Renders since an instant: that of the start on one box, the beginning of the series on AWS.',
      }),
    images: z.partialRecord(status, count).nullable().meta({
      description: 'Images by the status of their newest version. Null in the AWS home, which does not count them.',
    }),
    storedBytes: z
      .strictObject({ originals: amount.nullable(), variants: amount.nullable() })
      .meta({ description: 'What is stored. In the AWS home it is measured once a day.' }),
    disk: z
      .strictObject({ freeBytes: amount, keptFreeBytes: amount })
      .nullable()
      .meta({ description: 'The least free space of the disks, and how much is kept free. Null in the AWS home.' }),
    renderers: z
      .strictObject({ alive: count, wanted: count })
      .nullable()
      .meta({ description: 'Renderers that run, and that should. Null in the AWS home.' }),
  })
  .meta({
    id: 'Figures',
    description: 'How the service has been doing. What a home does not count is null, or a series of nulls.',
  });
export type FiguresAnswer = z.output<typeof recentFigures>;

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
export type { FieldError };

/** The OpenAPI document; its own schema is a matter of that specification. */
export const openApi = z.record(z.string(), z.unknown());
