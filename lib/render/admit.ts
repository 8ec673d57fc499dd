import type { Metadata } from 'sharp';
import type { Limits } from '../core/config.ts';
import { BadPicture } from '../core/errors.ts';
import { type ContentType, formatOfContentType, formats, type SourceFormat } from '../core/formats.ts';
import type { RenderOrder } from '../ports.ts';
import { gifParts } from './gif/parts.ts';
import sharp from './locked-sharp.ts';
import { encodable, type Motion } from './motion.ts';
import { sniff } from './sniff.ts';
import { type Structure, structureOf } from './structure/index.ts';

/** An original that may be decoded, without harmless flaws, and what its header says. Width and height are those of the upright picture. */
export type Admitted = {
  readonly bytes: Uint8Array;
  readonly format: SourceFormat;
  readonly width: number;
  readonly height: number;
  /** As the decoder counts them. */
  readonly frames: number;
  readonly structure: Structure;
  readonly header: Header;
  readonly motion: Motion;
};

export type Header = Pick<
  Metadata,
  | 'autoOrient'
  | 'orientation'
  | 'space'
  | 'depth'
  | 'bitsPerSample'
  | 'hasProfile'
  | 'icc'
  | 'exif'
  | 'xmp'
  | 'pages'
  | 'delay'
  | 'loop'
>;

/** Refuses by what the bytes are and what the header says, before a single pixel is decoded. */
export const admitOriginal = async (bytes: Uint8Array, order: RenderOrder): Promise<Admitted> => {
  const format = acceptedFormat(bytes, order.contentType);
  const structure = structureOf(format, bytes);
  if (!structure.whole)
    throw new BadPicture('corrupt', 'The file ends before the picture does. Export it again and upload the new copy.');
  if (structure.unkeptAnimation)
    throw new BadPicture(
      'unsupported-format',
      `The file is ${structure.unkeptAnimation}, which would lose its motion here. Export it as animated WebP or GIF.`,
    );
  // The decoder takes half a minute to count 60 000 frames, and we have counted them.
  refuseByCount(structure, order.limits);
  const sound = structure.mended ?? bytes;
  const header = format === 'gif' ? gifHeader(sound) : await readHeader(sound);
  const size = header.autoOrient;
  refuseBySize(size, format, order.limits);
  refuseByFrames(structure, size, order.limits);
  // The pages of a still format are something else: further pictures in the same file.
  const frames = formats[format].animation ? (header.pages ?? 1) : 1;
  const motion = encodable(header.delay ?? [], header.loop ?? 0);
  return { bytes: sound, format, ...size, frames, structure, header, motion };
};

const acceptedFormat = (bytes: Uint8Array, declared: ContentType): SourceFormat => {
  const sniffed = sniff(bytes);
  if ('nothing' in sniffed) throw new BadPicture('not-an-image');
  if ('refused' in sniffed)
    throw new BadPicture('unsupported-format', `The file is ${sniffed.refused}. ${sniffed.advice}`);
  if (sniffed.accepted !== formatOfContentType(declared))
    throw new BadPicture(
      'type-mismatch',
      `The file was declared as ${declared}, but its bytes are ${formats[sniffed.accepted].contentType}. Declare it as that.`,
    );
  return sniffed.accepted;
};

const readHeader = async (bytes: Uint8Array): Promise<Metadata> => {
  try {
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    throw new BadPicture('corrupt', 'The header of the file cannot be read. Export it again.', { cause });
  }
};

const gifHeader = (bytes: Uint8Array): Header => {
  const { width, height, frames, plays, xmp } = gifParts(bytes);
  const delay = frames.map(({ delayMs }) => delayMs);
  const pixels = { space: 'srgb', depth: 'uchar', hasProfile: false } as const;
  return {
    autoOrient: { width, height },
    pages: frames.length,
    delay,
    loop: plays,
    ...pixels,
    ...(xmp && { xmp: Buffer.from(xmp) }),
  };
};

type Size = { readonly width: number; readonly height: number };

const refuseBySize = (size: Size, format: SourceFormat, limits: Limits): void => {
  const is = `The picture is ${size.width}×${size.height} pixels`;
  if (size.width < limits.minWidth || size.height < limits.minHeight)
    throw new BadPicture('too-small', `${is}; at least ${limits.minWidth}×${limits.minHeight} are needed.`, { size });
  if (size.width > limits.maxWidth || size.height > limits.maxHeight)
    throw new BadPicture('too-big', `${is}; at most ${limits.maxWidth}×${limits.maxHeight} are accepted.`, { size });
  const maxPixels = limits.maxPixels[format];
  if (size.width * size.height > maxPixels)
    throw new BadPicture(
      'too-big',
      `${is}, ${megapixels(size.width * size.height)} megapixels; as ${format.toUpperCase()} at most ${megapixels(maxPixels)} are accepted. Make it smaller, or export it in another format.`,
      { size },
    );
};

const megapixels = (pixels: number): string => `${Number((pixels / 1_000_000).toFixed(2))}`;

const refuseByCount = ({ frames }: Structure, limits: Limits): void => {
  if (frames > 1 && frames > limits.maxFrames)
    throw new BadPicture(
      'too-many-frames',
      `The animation has ${frames} frames; at most ${limits.maxFrames} are accepted. Shorten it.`,
    );
};

const refuseByFrames = ({ frames, packedPixels = 0 }: Structure, size: Size, limits: Limits): void => {
  if (packedPixels > Math.max(limits.maxAnimationPixels, limits.maxPixels.gif))
    throw new BadPicture('too-big', 'The frames of the GIF hold far more pixels than it shows. Export it again.', {
      size,
    });
  if (frames > 1 && frames * size.width * size.height > limits.maxAnimationPixels)
    throw new BadPicture(
      'too-big',
      `The animation has ${frames} frames of ${size.width}×${size.height}, together more than ${limits.maxAnimationPixels} pixels. Make it smaller or shorter.`,
      { size },
    );
};
