import { BadPicture } from '../core/errors.ts';
import type { SourceFormat } from '../core/formats.ts';
import type { Admitted } from './admit.ts';

type Picture = Pick<Admitted, 'width' | 'height' | 'frames' | 'format'>;

const mebibyte = 1024 * 1024;

/** Node, the codecs, and encoders at work. */
const bytesAtLeast = 200 * mebibyte;

/** At the worst, measured on flat pictures of 100 megapixels (of 40 as AVIF); the table is in docs/performance.md. */
const bytesPerPixel: Readonly<Record<SourceFormat, number>> = { avif: 18, png: 8, gif: 5, jpeg: 4, webp: 4 };
/** For every frame: once decoded, and once in the variants. */
const bytesPerFramePixel = 8;

/** Up to this size of a variant, the encoder is among what is needed at least: a variant 2560 wide has as much. */
const usualVariantPixels = 5_000_000;
/** Of larger ones: AVIF, whose encoder takes most. docs/performance.md */
const bytesPerVariantPixel = 48;

/** The most memory that a render takes, known before anything is decoded. `variantPixels` are those of its largest variant. */
export const memoryFor = ({ width, height, frames, format }: Picture, variantPixels = 0): number =>
  bytesAtLeast +
  width * height * (frames > 1 ? frames * bytesPerFramePixel : bytesPerPixel[format]) +
  Math.max(0, variantPixels - usualVariantPixels) * bytesPerVariantPixel;

export const refuseByMemory = (picture: Picture, memoryBytes: number, variantPixels = 0): void => {
  const needed = memoryFor(picture, variantPixels);
  if (needed <= memoryBytes) return;
  const { width, height, frames, format } = picture;
  const is = frames > 1 ? `The animation has ${frames} frames of` : 'The picture is';
  throw new BadPicture(
    'too-big',
    `${is} ${width}×${height} pixels; as ${format.toUpperCase()} that takes up to ${megabytes(needed)} MB of memory, and ${megabytes(memoryBytes)} MB are given. Make it smaller.`,
    { size: { width, height } },
  );
};

const megabytes = (bytes: number): number => Math.ceil(bytes / mebibyte);
