import { availableParallelism } from 'node:os';
import type { Kind } from '../core/formats.ts';
import { keepsCopyright } from '../core/image.ts';
import { type Encoding, plan, type Source } from '../core/plan.ts';
import type { Preset } from '../core/presets.ts';
import { Troubled } from '../core/trouble.ts';
import type { Deliver, Rendered, Renderer, RenderOrder, TakeOver } from '../ports.ts';
import { type Admitted, admitOriginal } from './admit.ts';
import { atMost } from './at-most.ts';
import type { Attempt } from './choose-quality.ts';
import { copyrightPacket } from './copyright.ts';
import { deadline } from './deadline.ts';
import { decode, shrinking } from './decode.ts';
import { deliveries } from './deliveries.ts';
import { sha256Of } from './digest.ts';
import { encode as encodeWithSharp } from './encode.ts';
import { encoderFor } from './encoder-settings.ts';
import { fingerprints } from './fingerprints.ts';
import { gatheredFiles } from './gathered-files.ts';
import { guesses } from './guesses.ts';
import { kindOf } from './kind.ts';
import { makeFile } from './make-file.ts';
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
  readonly encodersAtOnce: number;
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
    encodersAtOnce: availableParallelism(),
    memoryBytes: Number.POSITIVE_INFINITY,
    encode: encodeWithSharp,
    collect: undefined,
  };
  const all = { ...usual, ...means };
  return {
    recipe: recipeOf,
    render: (original, order, deliver, takeOver) => render(original, order, { deliver, takeOver }, all),
  };
};

type Receiver = { readonly deliver: Deliver; readonly takeOver: TakeOver | undefined };

const render = async (
  original: Uint8Array,
  order: RenderOrder,
  { deliver, takeOver }: Receiver,
  { encodersAtOnce, memoryBytes, encode, collect }: RendererMeans,
): Promise<Rendered> => {
  const watch = stopwatch();
  const inTime = deadline(order.limits.renderSeconds);
  const admitted = await inTime(() => admitOriginal(original, order));
  const likely = likelyPlan(order.preset, admitted);
  refuseByMemory(admitted, memoryBytes, Math.max(...likely.map(({ picture }) => picture.width * picture.height)));
  const scale = scaleNeeded(admitted, likely);
  const upright = await watch.time('decodeMs', () => inTime(() => decode(admitted, scale)));
  const source = await inTime(() => classify(admitted, upright));
  const pixels = source.transparent || source.kind === 'animated' ? upright : withoutAlpha(upright);
  const copyright = keepsCopyright(order) ? copyrightPacket(admitted.header) : undefined;

  const encodings = plan(order.preset, source);
  const search = guesses(encodings);
  const encoderOf = (encoding: Encoding) => encoderFor(encoding, source, admitted.motion, pixels.frames);
  const fingerprintOf = fingerprints(
    { original: sha256Of(original, 'base64'), shrinking: shrinking(admitted, scale), software, copyright },
    { encoderOf, probeOf: search.probeOf },
  );
  const files = gatheredFiles(encodings, fingerprintOf);

  /** Whether the encoding would come out as a file of an earlier version, and that file stands for it now. */
  const isTakenOver = async (encoding: Encoding): Promise<boolean> => {
    const fingerprint = fingerprintOf(encoding);
    const earlier = order.earlier?.find((file) => file.fingerprint === fingerprint);
    if (!earlier || !takeOver) return false;
    // A near-lossless file does not say what the search found, and other files may begin there. Only what is searched is a probe.
    const isProbe = encodings.some((each) => search.probeOf(each) === encoding);
    if (isProbe && earlier.quality === null) return false;
    const { bytes, quality, score, sha256, why, encoder } = earlier;
    const variants = files.named(encoding, { bytes, quality, score, sha256, why, encoder });
    for (const variant of variants)
      if (!(await watch.time('deliverMs', () => takeOver(variant, files.progress(1))))) return false;
    for (const variant of variants) files.add(variant, earlier.cut);
    search.learn(encoding, Promise.resolve({ quality: quality ?? 100, score }));
    return true;
  };
  const changed = await without(encodings, isTakenOver);

  const pictures = sharedPictures(pixels, changed, collect ? 'forgets' : 'keeps');
  const post = deliveries(deliveriesAtOnce);
  const make = async (encoding: Encoding, guess: number): Promise<Attempt> => {
    const { pixels: resized, scorer, cut } = await watch.time('resizeMs', () => inTime(() => pictures.take(encoding)));
    const fileOrder = { encoding, source, originalBytes: original.length, encoder: encoderOf(encoding), guess };
    const { bytes, facts, searched } = await makeFile(fileOrder, async (settings) => {
      collect?.();
      const bytes = await watch.time('encodeMs', () =>
        inTime(() => encode(resized, encoding.format, settings, copyright)),
      );
      return { bytes, score: await watch.time('scoreMs', () => inTime(() => scorer.scoreOf(bytes))) };
    });
    // A file that cannot be decoded has no score, and rejected before.
    const isFaulty =
      scorer.isOfAnother(bytes) ||
      (searched.why === 'lossless' && searched.score !== 100) ||
      (encoding.animated && !(await watch.time('scoreMs', () => inTime(() => hasSameFrames(bytes, resized)))));
    if (isFaulty) throw new Troubled('codec');
    await pictures.leave(encoding);
    for (const variant of files.named(encoding, facts)) {
      files.add(variant, cut);
      const progress = files.progress();
      await post.begin(() => watch.time('deliverMs', () => deliver(variant, bytes, progress)));
    }
    return searched;
  };

  // The frames of all variants together take no more memory than those of the original.
  const beside = room(Math.max(pixels.data.length, roomForFrames));
  const encoders = inOrder(changed, search.turnOf).map((encoding) => async () => {
    const guess = await search.before(encoding);
    const made = beside(bytesBeside(pixels, encoding), () => make(encoding, guess));
    search.learn(encoding, made);
    await made;
  });
  const [blur] = await Promise.all([
    inTime(() => placeholder(pixels)),
    atMost(encodersAtOnce, encoders).finally(post.idle),
  ]);
  await post.ended();
  releasePixels(upright);
  return {
    kind: source.kind,
    width: source.width,
    height: source.height,
    recipe: recipeOf(order.preset, order.keepCopyright),
    placeholder: blur,
    ...files.inOrder(order.preset),
    original: { width: source.width, height: source.height },
    software,
    spent: watch.spent(),
  };
};

/** The encodings that were not taken over, some of which are asked about side by side. */
const without = async (
  encodings: readonly Encoding[],
  isTakenOver: (encoding: Encoding) => Promise<boolean>,
): Promise<readonly Encoding[]> => {
  const unchanged = new Set<Encoding>();
  const taking = encodings.map((encoding) => async () => {
    if (await isTakenOver(encoding)) unchanged.add(encoding);
  });
  await atMost(deliveriesAtOnce, taking);
  return encodings.filter((encoding) => !unchanged.has(encoding));
};

/** The sizes that any kind could ask for: the kind is known only after the decode. */
const likelyPlan = (preset: Preset, { width, height, format }: Admitted): readonly Encoding[] =>
  plan(preset, { width, height, format, kind: 'photo', transparent: false });

const classify = async ({ width, height, format }: Admitted, upright: Pixels): Promise<Source> => {
  const transparent = isTransparent(upright);
  const kind: Kind = upright.frames > 1 ? 'animated' : transparent ? 'transparent' : await kindOf(upright);
  return { width, height, format, kind, transparent };
};

const formatCost = { avif: 5, webp: 1.5, jpeg: 1, png: 1 };

/**
 * Encodings that others wait for come first. Then the largest, so that the short ones fill the gaps at the end and no
 * core waits; the formats of a picture follow each other, so that its pixels and its scorer are not kept for long.
 */
const inOrder = (encodings: readonly Encoding[], turn: (encoding: Encoding) => number): readonly Encoding[] => {
  const pixels = ({ picture }: Encoding) => picture.width * picture.height;
  return encodings.toSorted(
    (a, b) => turn(a) - turn(b) || pixels(b) - pixels(a) || formatCost[b.format] - formatCost[a.format],
  );
};
