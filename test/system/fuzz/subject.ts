import config from '../../../darkroom.config.ts';
import { BadPicture } from '../../../lib/core/errors.ts';
import { type ContentType, formatOfContentType } from '../../../lib/core/formats.ts';
import { Troubled } from '../../../lib/core/trouble.ts';
import type { RenderOrder } from '../../../lib/ports.ts';
import { admitOriginal } from '../../../lib/render/admit.ts';
import { decode } from '../../../lib/render/decode.ts';
import { sniff } from '../../../lib/render/sniff.ts';
import { structureOf } from '../../../lib/render/structure/index.ts';
import { drawSeeds } from '../hostile/seeds.ts';
import { mutantOf } from './mutate.ts';

// Reads one input after the other as a renderer does: first bytes, structure, header, pixels. It runs in a process of
// its own, because an input may crash it or never end.

export type Look =
  | { readonly run: number; readonly number: number }
  | { readonly contentType: ContentType; readonly base64: string };
export type Said = {
  /** `made` has pixels; a code says how it was refused; anything else is a finding. */
  readonly end: 'made' | BadPicture['code'] | 'unmapped' | 'memory';
  readonly reason?: string;
};

/** What a renderer may hold at most after an input. */
const mostResidentBytes = 1024 ** 3;
const seeds = await drawSeeds();
const { web: preset } = config.presets;
if (!preset) throw new Error('there is no preset web');

const orderFor = (contentType: ContentType): RenderOrder => ({
  contentType,
  preset,
  limits: config.limits,
  keepCopyright: false,
});

const endOf = async (contentType: ContentType, bytes: Buffer): Promise<Said> => {
  try {
    // A file of any format has to be read without trouble, even if it is refused.
    sniff(bytes);
    structureOf(formatOfContentType(contentType), bytes);
    const admitted = await admitOriginal(bytes, orderFor(contentType));
    await decode(admitted, 1);
    return { end: 'made' };
  } catch (error) {
    if (error instanceof BadPicture) return { end: error.code };
    if (error instanceof Troubled && error.trouble === 'render-memory')
      return { end: 'memory', reason: String(error.cause) };
    return { end: 'unmapped', reason: error instanceof Error ? `${error.stack}` : String(error) };
  }
};

const inputOf = (look: Look): readonly [ContentType, Buffer] => {
  if ('base64' in look) return [look.contentType, Buffer.from(look.base64, 'base64')];
  const { seed, bytes } = mutantOf(seeds, look.run, look.number);
  return [seed.contentType, bytes];
};

process.on('message', async (looks: readonly Look[]) => {
  for (const look of looks) {
    const said = await endOf(...inputOf(look));
    const { rss } = process.memoryUsage();
    process.send?.(rss > mostResidentBytes ? { end: 'memory', reason: `${rss} bytes are held after it` } : said);
  }
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
