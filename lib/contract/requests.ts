import * as z from 'zod';
import { mostFigureMinutes } from '../core/figures.ts';
import type { Format } from '../core/formats.ts';
import { moves } from '../core/image.ts';
import { variantFilePattern, versionPattern } from '../core/object-keys.ts';
import { collection, filename, imageId, namesOf, sha256, wholeNumber } from './common.ts';

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

/** How the finished HTML of an image should be. Other parameters are ignored, as they were before there were any. */
export const imageRequest = z.object({
  alt: z
    .string()
    .max(1000)
    .optional()
    .meta({ description: 'The `alt` in `ready.picture.html`: what the picture shows. Empty when left out.' }),
  sizes: z.string().min(1).max(500).optional().meta({
    description:
      'The `sizes` in `ready.picture.html`: how wide the picture is on the page, such as `(max-width: 600px) 100vw, 50vw`. The width of the window, up to the largest variant, when left out.',
  }),
});
export type ImageRequest = z.input<typeof imageRequest>;

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

const selections = ['ids', 'collection', 'all', 'stale'] as const;

export const budget = z
  .strictObject({
    images: z.int().min(1).optional().meta({ description: 'At most so many images are rendered again.' }),
    dollars: z.number().positive().optional().meta({
      description:
        'At most so many US dollars, by list prices and what the images of the job have taken so far. Only in the AWS home.',
    }),
  })
  .refine(({ images, dollars }) => images !== undefined || dollars !== undefined, {
    error: 'name images, dollars or both',
  })
  .meta({
    id: 'Budget',
    description:
      'The most that a job may take. Before it would take more it is paused with `pausedBecause: "budget-used"`.',
    minProperties: 1,
  });
export type BudgetRequest = z.input<typeof budget>;

export const resumeRequest = z
  .strictObject({
    budget: budget.optional().meta({ description: 'Replaces the budget of the job.' }),
  })
  .meta({ id: 'ResumeRequest', description: 'May be left out as a whole.' });
export type ResumeRequest = z.input<typeof resumeRequest>;

export const jobRequest = z
  .strictObject({
    action: z.literal('reprocess'),
    ids: z.array(imageId).min(1).max(1000).optional().meta({ description: 'These images, each once.' }),
    collection: collection.optional().meta({ description: 'Every image of this collection.' }),
    all: z.literal(true).optional().meta({ description: 'Every image.' }),
    stale: z
      .literal(true)
      .optional()
      .meta({ description: 'Every image whose variants were not made by the present recipe of its preset.' }),
    preset: z
      .string()
      .max(32)
      .optional()
      .meta({ description: 'Which list of variants to make; that of each image when left out.' }),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Render a sample only, keep nothing of it, and predict what all of it would take.' }),
    budget: budget.optional(),
  })
  .refine((job) => selections.filter((choice) => job[choice] !== undefined).length === 1, {
    error: 'name exactly one of ids, collection, all and stale',
  })
  .refine((job) => !(job.dryRun && job.budget), { error: 'a dry run takes no budget', path: ['budget'] })
  .meta({
    id: 'JobRequest',
    description: 'Which images to reprocess: exactly one of `ids`, `collection`, `all` and `stale`.',
    override: {
      oneOf: selections.map((choice) => ({ required: [choice] })),
      not: { required: ['dryRun', 'budget'], properties: { dryRun: { const: true } } },
    },
  });
export type JobRequest = z.input<typeof jobRequest>;

export const jobPath = z.strictObject({ id: imageId.meta({ description: 'The id of a job.' }) });

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'an Idempotency-Key of 1 to 255 visible ASCII characters');

/** A number, though in a query it is written with letters. */
const inQuery =
  (minimum: number, maximum: number, usual: number) =>
  ({ jsonSchema }: { jsonSchema: { pattern?: string } }) => {
    delete jsonSchema.pattern;
    Object.assign(jsonSchema, { type: 'integer', minimum, maximum, default: usual });
  };

const page = {
  limit: wholeNumber(1, 100)
    .default(25)
    .meta({
      description: 'How many to answer with at most.',
      override: inQuery(1, 100, 25),
    }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,512}$/, 'a nextCursor of an earlier answer')
    .optional()
    .meta({ description: 'The `nextCursor` of the page before. It may be kept, but not interpreted.' }),
};

export const figuresRequest = z.strictObject({
  minutes: wholeNumber(1, mostFigureMinutes)
    .default(mostFigureMinutes)
    .meta({
      description: 'How far back the series go.',
      override: inQuery(1, mostFigureMinutes, mostFigureMinutes),
    }),
});
export type FiguresRequest = { readonly minutes?: number | undefined };

const isStatus = (text: string): boolean => Object.hasOwn(moves, text);

/** A repeated parameter arrives as one text with commas. */
const statuses = z
  .string()
  .refine((text) => text.split(',').every(isStatus), `one or several of ${namesOf(moves).join(', ')}`)
  .transform((text) => [...new Set(text.split(','))])
  .pipe(z.array(z.enum(namesOf(moves))))
  .optional()
  .meta({
    description:
      'Only images whose newest version has this status, or one of these: separated by commas (`status=pending,failed`) or as a repeated parameter (`status=pending&status=failed`).',
    override: ({ jsonSchema }: { jsonSchema: { type?: string } }) => {
      Object.assign(jsonSchema, { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/Status' } });
    },
  });

export const listRequest = z.strictObject({
  collection: collection.optional().meta({ description: 'Only images of this collection.' }),
  status: statuses,
  // Not by size: docs/decisions.md#no-size-order
  order: z.enum(['newest', 'oldest']).default('newest').meta({
    description: 'Which come first, by the time of the first ticket of each image. Keep it from page to page.',
  }),
  ...page,
});
type ListFields = z.output<typeof listRequest>;
type Statuses = NonNullable<ListFields['status']>;
export type ListRequest = {
  readonly [Field in keyof ListFields]?:
    | (Field extends 'status' ? Statuses[number] | Readonly<Statuses> : ListFields[Field])
    | undefined;
};

export const jobListRequest = z.strictObject(page);
export type JobListRequest = {
  readonly [Field in keyof z.output<typeof jobListRequest>]?: z.output<typeof jobListRequest>[Field] | undefined;
};
