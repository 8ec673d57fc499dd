import { availableParallelism } from 'node:os';
import type { Kind } from '../core/formats.ts';
import { type Encoding, plan, type Source } from '../core/plan.ts';
import type { Preset } from '../core/presets.ts';
import type { Deliver, Rendered, RenderedVariant, Renderer, RenderOrder } from '../ports.ts';
import { type Admitted, admit } from './admit.ts';
import { copyrightPacket } from './copyright.ts';
import { deadline } from './deadline.ts';
import { decode } from './decode.ts';
import { deliveries } from './deliveries.ts';
import { sha256 } from './digest.ts';
import { encode } from './encode.ts';
import { encoderFor } from './encoder-settings.ts';
import { kindOf } from './kind.ts';
import { inLanes } from './lanes.ts';
import { isTransparent, withoutAlpha } from './opacity.ts';
import { type Pixels, release } from './pixels.ts';
import { placeholder } from './placeholder.ts';
import { recipeOf, software } from './recipe.ts';
import { room } from './room.ts';
import { scaleNeeded } from './scale.ts';
import { bytesBeside, sharedPictures } from './shared-pictures.ts';
import { stopwatch } from './stopwatch.ts';

const deliveriesAtOnce = 6;

/** In bytes: so much is always there, and no small animation waits for room. */
const roomForFrames = 128 * 1024 ** 2;

/** `lanes` is how many codecs work side by side. */
export const sharpRenderer = ({ lanes = availableParallelism() }: { lanes?: number } = {}): Renderer => ({
  recipe: recipeOf,
  render: (original, order, deliver) => render(original, order, deliver, lanes),
});

const render = async (original: Uint8Array, order: RenderOrder, deliver: Deliver, lanes: number): Promise<Rendered> => {
  const watch = stopwatch();
  const inTime = deadline(order.limits.renderSeconds);
  const admitted = await inTime(() => admit(original, order));
  const upright = await watch.time('decodeMs', () =>
    inTime(() => decode(admitted, largestScale(order.preset, admitted))),
  );
  const source = judge(admitted, upright);
  const pixels = source.transparent || source.kind === 'animated' ? upright : withoutAlpha(upright);
  const copyright = order.keepCopyright ? copyrightPacket(admitted.header) : undefined;

  const encodings = plan(order.preset, source);
  const total = encodings.reduce((sum, { names }) => sum + names.length, 0);
  const pictures = sharedPictures(pixels, encodings);
  const post = deliveries(deliveriesAtOnce);
  const variants: RenderedVariant[] = [];

  const make = async (encoding: Encoding) => {
    const { picture, format, quality, names } = encoding;
    const { pixels: resized, judge } = await watch.time('resizeMs', () => inTime(() => pictures.take(encoding)));
    const encoder = encoderFor(encoding, source.kind, admitted.header, pixels.frames);
    const bytes = await watch.time('encodeMs', () => inTime(() => encode(resized, format, encoder, copyright)));
    const score = await watch.time('scoreMs', () => inTime(() => judge.scoreOf(bytes)));
    await pictures.leave(encoding);
    const size = { width: picture.width, height: picture.height, bytes: bytes.length };
    const digest = sha256(bytes, 'base64');
    for (const name of names) {
      const variant: RenderedVariant = { name, format, ...size, quality, score, sha256: digest, encoder };
      variants.push(variant);
      const progress = variants.length / total;
      await post.begin(() => watch.time('deliverMs', () => deliver(variant, bytes, progress)));
    }
  };

  // However many lanes there are and however large the variants, their frames take no more than those of the original.
  const beside = room(Math.max(pixels.data.length, roomForFrames));
  const encoders = costliestFirst(encodings).map(
    (encoding) => () => beside(bytesBeside(pixels, encoding), () => make(encoding)),
  );
  const [blur] = await Promise.all([inTime(() => placeholder(pixels)), inLanes(lanes, encoders).finally(post.idle)]);
  await post.ended();
  release(upright);
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

/** The decode must serve every variant that any kind could ask for: the kind is known only afterwards. */
const largestScale = (preset: Preset, { width, height, format }: Admitted): number =>
  scaleNeeded({ width, height }, plan(preset, { width, height, format, kind: 'photo', transparent: false }));

const judge = ({ width, height, format }: Admitted, upright: Pixels): Source => {
  const transparent = isTransparent(upright);
  const kind: Kind = upright.frames > 1 ? 'animated' : transparent ? 'transparent' : kindOf(upright);
  return { width, height, format, kind, transparent };
};

const formatCost = { avif: 5, webp: 1.5, jpeg: 1, png: 1 };

/**
 * With the long encodes first, the short ones fill the gaps at the end and no core waits. The formats of a picture follow
 * each other, so that its pixels and its judge are not kept for long.
 */
const costliestFirst = (encodings: readonly Encoding[]): readonly Encoding[] => {
  const pixels = ({ picture }: Encoding) => picture.width * picture.height;
  return encodings.toSorted((a, b) => pixels(b) - pixels(a) || formatCost[b.format] - formatCost[a.format]);
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
