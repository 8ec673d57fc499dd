import { availableParallelism } from 'node:os';
import type { Kind } from '../core/formats.ts';
import { keepsCopyright } from '../core/image.ts';
import { type Encoding, plan, type Source } from '../core/plan.ts';
import type { Preset } from '../core/presets.ts';
import { Troubled } from '../core/trouble.ts';
import type { Deliver, Rendered, RenderedVariant, Renderer, RenderOrder } from '../ports.ts';
import { type Admitted, admitOriginal } from './admit.ts';
import { type Attempt, type Budget, type Chosen, chooseQuality } from './choose-quality.ts';
import { copyrightPacket } from './copyright.ts';
import { deadline } from './deadline.ts';
import { decode } from './decode.ts';
import { deliveries } from './deliveries.ts';
import { sha256Of } from './digest.ts';
import { encode as encodeWithSharp } from './encode.ts';
import { encoderFor } from './encoder-settings.ts';
import { guesses } from './guesses.ts';
import { kindOf } from './kind.ts';
import { inLanes } from './lanes.ts';
import { refuseByMemory } from './memory.ts';
import { isTransparent, withoutAlpha } from './opacity.ts';
import { type Pixels, releasePixels } from './pixels.ts';
import { placeholder } from './placeholder.ts';
import { recipeOf, software } from './recipe.ts';
import { room } from './room.ts';
import { hasSameFrames } from './same-frames.ts';
import { scaleNeeded } from './scale.ts';
import { bytesBeside, sharedPictures } from './shared-pictures.ts';
import { stopwatch } from './stopwatch.ts';

const deliveriesAtOnce = 6;

/** Memory budget in bytes that is always available, so that small animations never wait. */
const roomForFrames = 128 * 1024 ** 2;

export type RendererMeans = {
  /** How many codecs work side by side. */
  readonly lanes: number;
  /** What takes more than that is refused before it is decoded. */
  readonly memoryBytes: number;
  /** Makes a file of pixels. */
  readonly encode: typeof encodeWithSharp;
  /**
   * Frees memory that is not used any more. If there is one, it is called before each file, and nothing is kept that can be
   * computed again: less memory for more time, and the same bytes.
   */
  readonly collect: (() => void) | undefined;
};

export const sharpRenderer = (means: Partial<RendererMeans> = {}): Renderer => {
  const usual = {
    lanes: availableParallelism(),
    memoryBytes: Number.POSITIVE_INFINITY,
    encode: encodeWithSharp,
    collect: undefined,
  };
  const all = { ...usual, ...means };
  return { recipe: recipeOf, render: (original, order, deliver) => render(original, order, deliver, all) };
};

const render = async (
  original: Uint8Array,
  order: RenderOrder,
  deliver: Deliver,
  { lanes, memoryBytes, encode, collect }: RendererMeans,
): Promise<Rendered> => {
  const watch = stopwatch();
  const inTime = deadline(order.limits.renderSeconds);
  const admitted = await inTime(() => admitOriginal(original, order));
  const likely = likelyPlan(order.preset, admitted);
  refuseByMemory(admitted, memoryBytes, Math.max(...likely.map(({ picture }) => picture.width * picture.height)));
  const upright = await watch.time('decodeMs', () => inTime(() => decode(admitted, scaleNeeded(admitted, likely))));
  const source = await inTime(() => judge(admitted, upright));
  const pixels = source.transparent || source.kind === 'animated' ? upright : withoutAlpha(upright);
  const copyright = keepsCopyright(order) ? copyrightPacket(admitted.header) : undefined;

  const encodings = plan(order.preset, source);
  const total = encodings.reduce((sum, { names }) => sum + names.length, 0);
  const pictures = sharedPictures(pixels, encodings, collect ? 'forgets' : 'keeps');
  const post = deliveries(deliveriesAtOnce);
  const variants: RenderedVariant[] = [];

  const search = guesses(encodings);

  const make = async (encoding: Encoding, guess: number): Promise<Chosen> => {
    const { picture, format, names } = encoding;
    const { pixels: resized, judge } = await watch.time('resizeMs', () => inTime(() => pictures.take(encoding)));
    const encoder = encoderFor(encoding, source, admitted.motion, pixels.frames);
    const attempt = async (quality: number | null): Promise<Attempt> => {
      const settings = { ...encoder, ...(quality !== null && { quality }) };
      collect?.();
      const bytes = await watch.time('encodeMs', () => inTime(() => encode(resized, format, settings, copyright)));
      const score = await watch.time('scoreMs', () => inTime(() => judge.scoreOf(bytes)));
      return { quality: quality ?? 100, score, bytes };
    };
    const chosen = await choose(encoding, guess, budgetFor(encoding, source, original.length), attempt);
    // A file that cannot be decoded has no score, and rejected before.
    const isFaulty =
      judge.isOfAnother(chosen.bytes) ||
      (chosen.why === 'lossless' && chosen.score !== 100) ||
      (encoding.animated && !(await watch.time('scoreMs', () => inTime(() => hasSameFrames(chosen.bytes, resized)))));
    if (isFaulty) throw new Troubled('codec');
    await pictures.leave(encoding);
    const { score, bytes, why } = chosen;
    const quality = encoding.quality === null ? null : chosen.quality;
    const size = { width: picture.width, height: picture.height, bytes: bytes.length };
    const facts = { format, ...size, quality, score, sha256: sha256Of(bytes, 'base64'), why };
    for (const name of names) {
      const variant: RenderedVariant = {
        name,
        ...facts,
        encoder: { ...encoder, ...(quality !== null && { quality }) },
      };
      variants.push(variant);
      const progress = variants.length / total;
      await post.begin(() => watch.time('deliverMs', () => deliver(variant, bytes, progress)));
    }
    return chosen;
  };

  // The frames of all variants together take no more memory than those of the original.
  const beside = room(Math.max(pixels.data.length, roomForFrames));
  const encoders = inOrder(encodings, search.turnOf).map((encoding) => async () => {
    const guess = await search.before(encoding);
    const made = beside(bytesBeside(pixels, encoding), () => make(encoding, guess));
    search.learn(encoding, made);
    await made;
  });
  const [blur] = await Promise.all([inTime(() => placeholder(pixels)), inLanes(lanes, encoders).finally(post.idle)]);
  await post.ended();
  releasePixels(upright);
  return {
    kind: source.kind,
    width: source.width,
    height: source.height,
    recipe: recipeOf(order.preset, order.keepCopyright),
    placeholder: blur,
    variants: inPlannedOrder(variants, encodings, order.preset),
    original: { width: source.width, height: source.height },
    software,
    spent: watch.spent(),
  };
};

/** The sizes that any kind could ask for: the kind is known only after the decode. */
const likelyPlan = (preset: Preset, { width, height, format }: Admitted): readonly Encoding[] =>
  plan(preset, { width, height, format, kind: 'photo', transparent: false });

const judge = async ({ width, height, format }: Admitted, upright: Pixels): Promise<Source> => {
  const transparent = isTransparent(upright);
  const kind: Kind = upright.frames > 1 ? 'animated' : transparent ? 'transparent' : await kindOf(upright);
  return { width, height, format, kind, transparent };
};

const choose = async (
  { format, quality, animated }: Encoding,
  guess: number,
  budget: Budget | undefined,
  attempt: (quality: number | null) => Promise<Attempt>,
): Promise<Chosen> => {
  if (quality === null || format === 'png') return { ...(await attempt(null)), why: 'lossless' };
  return chooseQuality(format, animated ? guess : quality, guess, budget, attempt);
};

/**
 * What the preset allows; and a picture that was not made smaller need not take more bytes than its original, unless that
 * is worth more than half of the quality.
 */
const budgetFor = (encoding: Encoding, source: Source, originalBytes: number): Budget | undefined => {
  const { picture, quality, maxBytes, animated } = encoding;
  const isOriginal = picture.width === source.width && picture.height === source.height;
  if (maxBytes !== undefined) return { bytes: maxBytes, leastQuality: 1 };
  if (!isOriginal || animated || quality === null) return undefined;
  return { bytes: originalBytes, leastQuality: Math.ceil((typeof quality === 'number' ? quality : quality.from) / 2) };
};

const formatCost = { avif: 5, webp: 1.5, jpeg: 1, png: 1 };

/**
 * Encodings that others wait for come first. Then the largest, so that the short ones fill the gaps at the end and no
 * core waits; the formats of a picture follow each other, so that its pixels and its judge are not kept for long.
 */
const inOrder = (encodings: readonly Encoding[], turn: (encoding: Encoding) => number): readonly Encoding[] => {
  const pixels = ({ picture }: Encoding) => picture.width * picture.height;
  return encodings.toSorted(
    (a, b) => turn(a) - turn(b) || pixels(b) - pixels(a) || formatCost[b.format] - formatCost[a.format],
  );
};

const inPlannedOrder = (
  variants: readonly RenderedVariant[],
  encodings: readonly Encoding[],
  preset: Preset,
): readonly RenderedVariant[] => {
  const formats = [...new Set(encodings.map(({ format }) => format))];
  const rank = ({ name, format }: RenderedVariant) =>
    preset.variants.findIndex((spec) => spec.name === name) * formats.length + formats.indexOf(format);
  return variants.toSorted((a, b) => rank(a) - rank(b));
};
