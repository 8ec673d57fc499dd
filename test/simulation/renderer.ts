import { hash } from 'node:crypto';
import { BadPicture, type FailureCode } from '../../lib/core/errors.ts';
import { type Kind, kinds } from '../../lib/core/formats.ts';
import { plan, type Source } from '../../lib/core/plan.ts';
import type { Preset } from '../../lib/core/presets.ts';
import { Troubled } from '../../lib/core/trouble.ts';
import type { RenderedVariant, Renderer } from '../../lib/ports.ts';

/** How a picture affects a renderer. */
export const natures = ['good', 'bad', 'flaky', 'killer', 'slow', 'hungry'] as const;
export type Nature = (typeof natures)[number];

const badCodes = ['not-an-image', 'type-mismatch', 'corrupt', 'too-small', 'too-big', 'too-many-frames'] as const;

/** A picture as bytes: its nature and size in the first ones, a check at the end. */
export const pictureBytes = (nature: Nature, kind: Kind, code: number, nonce: readonly number[]): Uint8Array => {
  const body = [natures.indexOf(nature), kinds.indexOf(kind), code % badCodes.length, ...nonce];
  return Uint8Array.from([...body, checkOf(body)]);
};

export const natureOf = (bytes: Uint8Array): Nature => natures[bytes[0] ?? 0] ?? 'bad';
export const badCodeOf = (bytes: Uint8Array): FailureCode => badCodes[bytes[2] ?? 0] ?? 'corrupt';

const checkOf = (bytes: ArrayLike<number>): number => {
  let sum = 7;
  for (let at = 0; at < bytes.length; at++) sum = (sum * 31 + (bytes[at] ?? 0)) & 0xff;
  return sum;
};

export const digestOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'base64');

/** The same for files of variants, of which there are many, and whose digest no step computes. */
export const fileDigestOf = (bytes: Uint8Array): string => {
  let one = 0x811c9dc5;
  let two = 0x9747b28c;
  for (let at = 0; at < bytes.length; at++) {
    one = Math.imul(one ^ (bytes[at] ?? 0), 0x01000193);
    two = Math.imul(two ^ (bytes[at] ?? 0), 0x85ebca6b) ^ (two >>> 15);
  }
  return `${(one >>> 0).toString(36)}${(two >>> 0).toString(36)}`;
};

/** What is deployed: another encoder gives other bytes. */
export type Release = { readonly encoder: number; readonly presets: Readonly<Record<string, Preset>> };

/** Presets are few, and their text does not change. */
const texts = new WeakMap<Preset, string>();
const textOf = (preset: Preset): string => {
  const known = texts.get(preset) ?? JSON.stringify(preset);
  texts.set(preset, known);
  return known;
};

export const recipeBy =
  ({ encoder }: Pick<Release, 'encoder'>) =>
  (preset: Preset, keepCopyright = false): string =>
    `${fileDigestOf(Buffer.from(textOf(preset)))}-${keepCopyright}-${encoder}`;

const plans = new Map<string, ReturnType<typeof plan>>();
const planOf = (preset: Preset, source: Source): ReturnType<typeof plan> => {
  const name = `${textOf(preset)}${source.kind}${source.format}`;
  const known = plans.get(name) ?? plan(preset, source);
  plans.set(name, known);
  return known;
};

export type RendererWorld = {
  readonly release: Release;
  /** Other hardware gives other bytes. */
  readonly processor: number;
  readonly chance: (share: number) => boolean;
  /** Takes its time. */
  readonly work: (what: string, ms: number) => Promise<void>;
  /** Ends the process. */
  readonly die: () => void;
  /** Gets every error that counts as an attempt. */
  readonly charged: () => void;
};

/** A fake renderer with the plans, sizes, durations and failures of the real one, and bytes that are no pictures. */
export const standInRenderer = (world: RendererWorld): Renderer => {
  const { release, processor, chance, work } = world;
  const recipe = recipeBy(release);
  return {
    recipe,
    render: async (original, order, deliver, takeOver) => {
      await work('decodes', 20);
      if (original.at(-1) !== checkOf(original.subarray(0, -1))) throw new BadPicture('corrupt');
      const nature = natureOf(original);
      if (nature === 'bad') throw new BadPicture(badCodeOf(original));
      const fails = nature !== 'good' && chance(0.6);
      const kind = kinds[original[1] ?? 0] ?? 'photo';
      const source: Source = { width: 400, height: 300, kind, transparent: kind === 'transparent', format: 'jpeg' };
      const variants: RenderedVariant[] = [];
      const encodings = planOf(order.preset, source);
      for (const [at, { picture, format, quality, names }] of encodings.entries()) {
        const { width, height } = picture;
        const fingerprint = fileDigestOf(encode(original, `${width}x${height}.${format}.${release.encoder}`));
        const progress = (at + 1) / encodings.length;
        const why = quality === null ? ('lossless' as const) : ('fixed' as const);
        const made = { format, width, height, quality: quality === null ? null : 80, score: 90, encoder: {}, why };
        const earlier = order.earlier?.find((file) => file.fingerprint === fingerprint);
        if (earlier && takeOver) {
          const same = names.map((name) => ({ ...made, ...earlier, name }));
          const taken: boolean[] = [];
          for (const variant of same) taken.push(await takeOver(variant, progress));
          if (!taken.includes(false)) {
            variants.push(...same);
            continue;
          }
        }
        if (fails && at === Math.floor(encodings.length / 2)) {
          if (nature === 'slow') await work('hangs', 3_600_000);
          if (nature === 'killer') {
            world.die();
            await work('is dead', 0);
          }
          world.charged();
          if (nature === 'hungry') throw new Troubled('render-memory');
          throw new Error('the encoder met an error that it does not know');
        }
        const bytes = encode(original, settingsOf(made, release.encoder, processor));
        for (const name of names)
          variants.push({ ...made, name, bytes: bytes.length, sha256: fileDigestOf(bytes), fingerprint });
        for (const variant of variants.slice(-names.length)) await deliver(variant, bytes, progress);
      }
      return {
        ...{ kind, width: 400, height: 300, variants, crops: {} },
        recipe: recipe(order.preset, order.keepCopyright),
        placeholder: { thumbhash: 'AAAA', color: '#123456' },
        original: { width: 400, height: 300 },
        software: { encoder: String(release.encoder) },
        spent: { wallMs: 1, cpuMs: 1, decodeMs: 1, resizeMs: 1, encodeMs: 1, scoreMs: 1, deliverMs: 1 },
      };
    },
  };
};

type Made = Pick<RenderedVariant, 'width' | 'height' | 'format'>;
const settingsOf = ({ width, height, format }: Made, encoder: number, processor: number): string =>
  `${width}x${height}.${format}.${encoder}.${processor}`;

/** The digests that a file may have that an encoder makes of an original: one for each processor. */
export const digestsOf = (original: Uint8Array, made: Made, encoder: number): readonly string[] =>
  [0, 1].map((processor) => fileDigestOf(encode(original, settingsOf(made, encoder, processor))));

/** Bytes that follow from the original and the settings alone. */
const encode = (original: Uint8Array, settings: string): Uint8Array => {
  let state = 0x811c9dc5;
  for (const byte of original) state = Math.imul(state ^ byte, 0x01000193);
  for (let at = 0; at < settings.length; at++) state = Math.imul(state ^ settings.charCodeAt(at), 0x01000193);
  const bytes = new Uint8Array(10);
  for (let at = 0; at < bytes.length; at++) {
    state = Math.imul(state ^ (state >>> 13), 0x5bd1e995);
    bytes[at] = state >>> 24;
  }
  return bytes;
};
