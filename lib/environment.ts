import * as z from 'zod';

/**
 * The environment of each function. The function parses its environment with the schema when it starts; the
 * stack sets it with `satisfies` on the type, so a variable that one of them forgets does not compile.
 */

const name = z.string().min(1);
/** What a render costs. */
const prices = {
  /** Memory of the renderer, by which its seconds are billed. */
  DARKROOM_RENDER_MEMORY_MIB: z.string().regex(/^[1-9]\d{2,4}$/),
  /** Whether originals move to a class that is billed for being read. */
  DARKROOM_COLD: z.enum(['yes', 'no']),
};
/** The deployment, unique in its account and region: what its metrics and its events carry. */
const deployment = { DARKROOM_NAME: name };
const common = { DARKROOM_LOG: z.enum(['info', 'warn', 'error']) };

export const environments = {
  api: z.object({
    ...common,
    ...deployment,
    DARKROOM_TABLE: name,
    DARKROOM_ORIGINALS: name,
    DARKROOM_VARIANTS: name,
    DARKROOM_QUEUE_URL: z.url(),
    /** The address under which variants are served. */
    DARKROOM_SITE: z.url(),
    /** What signs the watch tokens of tickets. */
    DARKROOM_WATCH_SECRET: name,
    /** The API, as API Gateway calls it. */
    DARKROOM_GATEWAY: name,
    ...prices,
  }),
  render: z.object({
    ...common,
    ...deployment,
    /** For the C library: a heap for each thread of the codecs would use a fifth more memory without a gain. */
    MALLOC_ARENA_MAX: z.literal('2'),
    DARKROOM_TABLE: name,
    DARKROOM_ORIGINALS: name,
    DARKROOM_VARIANTS: name,
    DARKROOM_QUEUE_URL: z.url(),
  }),
  chores: z.object({
    ...common,
    ...deployment,
    DARKROOM_TABLE: name,
    DARKROOM_ORIGINALS: name,
    DARKROOM_VARIANTS: name,
    DARKROOM_QUEUE_URL: z.url(),
    /** The CDN, as CloudFront calls it. */
    DARKROOM_DISTRIBUTION: name,
    ...prices,
    /** How many images of a job may be with the renderers at a time. */
    DARKROOM_PACE: z.string().regex(/^[1-9]\d{0,3}$/),
    /** The state machine that runs the lanes of large jobs. */
    DARKROOM_LANES_ARN: z.string().startsWith('arn:'),
  }),
  lane: z.object({
    ...common,
    DARKROOM_TABLE: name,
    DARKROOM_ORIGINALS: name,
    DARKROOM_QUEUE_URL: z.url(),
    /** How many images of a lane may be with the renderers at a time. */
    DARKROOM_PACE: z.string().regex(/^[1-9]\d{0,3}$/),
  }),
  deadLetter: z.object({ ...common, DARKROOM_TABLE: name }),
  publish: z.object({
    ...common,
    ...deployment,
    DARKROOM_EVENT_BUS: name,
    /** Of the table: the resource that an event is about. */
    DARKROOM_TABLE_ARN: z.string().startsWith('arn:'),
    /** The queue of events that the bus refused. */
    DARKROOM_UNTOLD_URL: z.url(),
  }),
  authorize: z.object({ ...common, DARKROOM_KEYS_SECRET: name }),
} as const;

export type FunctionName = keyof typeof environments;
export type Environment<Name extends FunctionName> = z.output<(typeof environments)[Name]>;
