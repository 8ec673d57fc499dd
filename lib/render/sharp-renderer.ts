import { createHash } from 'node:crypto';
import sharp from 'sharp';
import * as thumbhash from 'thumbhash';
import { BadPicture } from '../core/errors.ts';
import { type ContentType, type Format, formatOfContentType } from '../core/formats.ts';
import { type Encoding, type Picture, plan } from '../core/plan.ts';
import type { Preset } from '../core/presets.ts';
import type { Rendered, RenderedVariant, Renderer, RenderOrder } from '../ports.ts';

// AVIF bytes depend on the number of encoder threads; a fixed one keeps them the same on every machine.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadHeif'],
});

const encoders = {
  avif: { effort: 2, chromaSubsampling: '4:2:0' },
  webp: { effort: 4 },
  jpeg: { mozjpeg: true, progressive: true },
  png: { compressionLevel: 9 },
} as const satisfies Record<Format, object>;

export const sharpRenderer = (): Renderer => ({
  recipe: (preset) => digest(JSON.stringify({ preset, encoders, versions: sharp.versions }), 'hex').slice(0, 16),

  async render(original, order, deliver) {
    const upright = await decode(original, order);
    const { width, height } = upright.info;
    const source = { width, height, kind: 'photo', transparent: false, format: upright.format } as const;
    const encodings = plan(order.preset, source);
    const total = encodings.reduce((sum, encoding) => sum + encoding.names.length, 0);
    const variants: RenderedVariant[] = [];
    for (const encoding of encodings) {
      const { bytes, encoder } = await encode(upright, encoding);
      for (const name of encoding.names) {
        const { format, quality, picture } = encoding;
        const size = { width: picture.width, height: picture.height, bytes: bytes.length };
        const variant = { name, format, ...size, quality, sha256: digest(bytes, 'base64'), encoder };
        variants.push(variant);
        await deliver(variant, bytes, variants.length / total);
      }
    }
    return {
      kind: source.kind,
      width,
      height,
      recipe: this.recipe(order.preset),
      placeholder: await placeholder(upright),
      variants: inPresetOrder(variants, order.preset),
      original: { width, height },
    } satisfies Rendered;
  },
});

type Upright = Awaited<ReturnType<typeof decode>>;

const decode = async (original: Uint8Array, { contentType, limits }: RenderOrder) => {
  const input = { limitInputPixels: limits.maxWidth * limits.maxHeight, failOn: 'warning', autoOrient: true } as const;
  try {
    const header = await readHeader(original);
    const size = { width: header.autoOrient.width, height: header.autoOrient.height };
    refuseByHeader(header.format, contentType);
    if (size.width < limits.minWidth || size.height < limits.minHeight)
      throw new BadPicture(
        'too-small',
        `The picture is ${size.width}×${size.height}; at least ${limits.minWidth}×${limits.minHeight} is needed.`,
        { size },
      );
    if (size.width > limits.maxWidth || size.height > limits.maxHeight)
      throw new BadPicture(
        'too-big',
        `The picture is ${size.width}×${size.height}; at most ${limits.maxWidth}×${limits.maxHeight} is accepted.`,
        { size },
      );
    const pixels = await sharp(original, input)
      .toColourspace('srgb')
      .flatten({ background: '#ffffff' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { ...pixels, format: formatOfContentType(contentType) };
  } catch (error) {
    if (error instanceof BadPicture) throw error;
    throw new BadPicture('corrupt', undefined, { cause: error });
  }
};

const readHeader = async (original: Uint8Array) => {
  try {
    return await sharp(original).metadata();
  } catch (cause) {
    throw new BadPicture('not-an-image', undefined, { cause });
  }
};

const refuseByHeader = (format: string | undefined, announced: ContentType) => {
  const actual = format === 'heif' ? 'avif' : format;
  if (actual !== formatOfContentType(announced))
    throw new BadPicture('type-mismatch', `The file was announced as ${announced}, and its bytes are ${actual}.`);
};

const encode = async (upright: Upright, { picture, format, quality }: Encoding) => {
  const encoder = { ...encoders[format], ...(quality !== null && { quality }) };
  const bytes = await resized(upright, picture).toFormat(format, encoder).toBuffer();
  return { bytes, encoder };
};

const resized = ({ data, info }: Upright, { width, height, fit }: Picture) =>
  sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } }).resize({
    width,
    height,
    fit: fit === 'cover' ? 'cover' : 'fill',
  });

const placeholder = async (upright: Upright) => {
  const scale = Math.min(1, 100 / Math.max(upright.info.width, upright.info.height));
  const width = Math.max(1, Math.round(upright.info.width * scale));
  const height = Math.max(1, Math.round(upright.info.height * scale));
  const small = await resized(upright, { width, height, fit: 'inside', position: 'centre' })
    .ensureAlpha()
    .raw()
    .toBuffer();
  const { r, g, b } = thumbhash.thumbHashToAverageRGBA(thumbhash.rgbaToThumbHash(width, height, small));
  const hex = [r, g, b]
    .map((channel) =>
      Math.round(channel * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('');
  return {
    thumbhash: Buffer.from(thumbhash.rgbaToThumbHash(width, height, small)).toString('base64'),
    color: `#${hex}`,
  };
};

const inPresetOrder = (variants: readonly RenderedVariant[], preset: Preset) => {
  const order = preset.variants.map((spec) => spec.name);
  return variants.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
};

const digest = (data: string | Uint8Array, encoding: 'hex' | 'base64') =>
  createHash('sha256').update(data).digest(encoding);
