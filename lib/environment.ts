import * as z from 'zod';

/**
 * What each function is told by the stack. The function parses its environment with the schema when it starts; the
 * stack sets it with `satisfies` on the type, so a variable that one of them forgets does not compile.
 */

const name = z.string().min(1);
const common = { DARKROOM_LOG: z.enum(['info', 'warn', 'error']) };

export const environments = {
  api: z.object({
    ...common,
    DARKROOM_TABLE: name,
    DARKROOM_ORIGINALS: name,
    DARKROOM_VARIANTS: name,
    DARKROOM_QUEUE_URL: z.url(),
    /** The address under which variants are served. */
    DARKROOM_SITE: z.url(),
    /** What signs the tokens of tickets; not set where the gateway itself checks tokens. */
    DARKROOM_WATCH_SECRET: name.optional(),
    /** Memory of the renderer, which is what its seconds are billed by. */
    DARKROOM_RENDER_MEMORY_MIB: z.string().regex(/^[1-9]\d{2,4}$/),
  }),
  render: z.object({
    ...common,
    /** For the C library: a heap for each thread of the codecs would keep a fifth more memory for nothing. */
    MALLOC_ARENA_MAX: z.literal('2'),
    DARKROOM_TABLE: name,
    DARKROOM_ORIGINALS: name,
    DARKROOM_VARIANTS: name,
    DARKROOM_QUEUE_URL: z.url(),
  }),
  sweep: z.object({
    ...common,
    DARKROOM_TABLE: name,
    DARKROOM_ORIGINALS: name,
    DARKROOM_VARIANTS: name,
    DARKROOM_QUEUE_URL: z.url(),
    /** The CDN, as CloudFront calls it. */
    DARKROOM_DISTRIBUTION: name,
    /** How many images of a job may be with the renderers at a time. */
    DARKROOM_PACE: z.string().regex(/^[1-9]\d{0,3}$/),
  }),
  deadLetter: z.object({ ...common, DARKROOM_TABLE: name }),
  announce: z.object({ ...common, DARKROOM_EVENT_BUS: name }),
  authorize: z.object({ ...common, DARKROOM_KEYS_SECRET: name }),
} as const;

export type FunctionName = keyof typeof environments;
export type Environment<Name extends FunctionName> = z.output<(typeof environments)[Name]>;
