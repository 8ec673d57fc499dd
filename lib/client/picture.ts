import { thumbhashPixels } from './thumbhash.ts';

/** What the API says of an image that people may see (`ready`), as far as it takes to show it. */
export type Shown = {
  readonly picture: {
    readonly sources: readonly { readonly type: string; readonly srcset: string }[];
    readonly img: { readonly src: string; readonly width: number; readonly height: number };
  };
  readonly placeholder?: { readonly thumbhash: string; readonly color: string };
};

export type PictureOptions = {
  /** What the picture shows, for people who do not see it; '' for mere decoration. */
  readonly alt: string;
  /**
   * How wide the picture is on the page, as in HTML.
   * @default the width of the window, up to the largest variant
   */
  readonly sizes?: string | undefined;
  readonly class?: string | undefined;
  /** `eager` for what is seen without scrolling. @default 'lazy' */
  readonly loading?: 'lazy' | 'eager' | undefined;
  /** `high` for the picture that a page is about. */
  readonly fetchpriority?: 'high' | 'low' | 'auto' | undefined;
  /** What is seen behind the picture until it is there. @default 'blur' */
  readonly placeholder?: 'blur' | 'color' | 'none' | undefined;
};

/** The attributes of a `<picture>`, named as in HTML. */
export type PictureAttributes = {
  readonly sources: readonly { readonly type: string; readonly srcset: string; readonly sizes: string }[];
  readonly img: {
    readonly src: string;
    readonly width: number;
    readonly height: number;
    readonly alt: string;
    readonly loading: 'lazy' | 'eager';
    readonly decoding: 'async';
    readonly fetchpriority?: 'high' | 'low' | 'auto';
    readonly class?: string;
    readonly style?: string;
  };
};

/** The one place that knows how an image is shown; every adapter for a framework only hands these attributes on. */
export const pictureAttributes = (
  { picture, placeholder }: Shown,
  { alt, sizes, class: name, loading = 'lazy', fetchpriority, placeholder: wanted = 'blur' }: PictureOptions,
): PictureAttributes => {
  const { src, width, height } = picture.img;
  const allSizes = sizes ?? `(max-width: ${width}px) 100vw, ${width}px`;
  const style = placeholder && placeholderStyle(placeholder, wanted);
  return {
    sources: picture.sources.map(({ type, srcset }) => ({ type, srcset, sizes: allSizes })),
    img: {
      src,
      width,
      height,
      alt,
      loading,
      decoding: 'async',
      ...(fetchpriority && { fetchpriority }),
      ...(name && { class: name }),
      ...(style && { style }),
    },
  };
};

/** The same as HTML, for pages that are put together as text. */
export const pictureHtml = (shown: Shown, options: PictureOptions): string => {
  const { sources, img } = pictureAttributes(shown, options);
  return `<picture>${sources.map((source) => tag('source', source)).join('')}${tag('img', img)}</picture>`;
};

const tag = (name: string, attributes: Readonly<Record<string, string | number>>): string =>
  `<${name} ${Object.entries(attributes)
    .map(([key, value]) => `${key}="${String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)}"`)
    .join(' ')}>`;

/** A picture with transparency gets none: it would be seen through the picture for ever. */
const placeholderStyle = (
  { thumbhash, color }: NonNullable<Shown['placeholder']>,
  wanted: NonNullable<PictureOptions['placeholder']>,
): string | undefined => {
  if (wanted === 'none') return undefined;
  const { pixels } = thumbhashPixels(thumbhash);
  if (pixels.some((value, at) => at % 4 === 3 && value < 255)) return undefined;
  return wanted === 'color'
    ? `background:${color}`
    : `background:${color} url(${placeholderUrl(thumbhash)}) 0 0/100% 100%`;
};

/** A ThumbHash as the address of a small PNG (`data:`), made without a canvas, so on servers too. */
export const placeholderUrl = (thumbhash: string): string => {
  const { width, height, pixels } = thumbhashPixels(thumbhash);
  const row = width * 4 + 1;
  const raw = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) raw.set(pixels.subarray(y * width * 4, (y + 1) * width * 4), y * row + 1);
  const png = [
    ...[137, 80, 78, 71, 13, 10, 26, 10],
    ...chunk('IHDR', [...u32(width), ...u32(height), 8, 6, 0, 0, 0]),
    ...chunk('IDAT', [0x78, 1, 1, ...u16(raw.length), ...u16(~raw.length), ...raw, ...u32(adler32(raw))]),
    ...chunk('IEND', []),
  ];
  return `data:image/png;base64,${btoa(String.fromCharCode(...png))}`;
};

const chunk = (type: string, data: readonly number[]): readonly number[] => {
  const body = [...[...type].map((letter) => letter.charCodeAt(0)), ...data];
  return [...u32(data.length), ...body, ...u32(crc32(body))];
};
const u32 = (value: number): readonly number[] => [24, 16, 8, 0].map((by) => (value >>> by) & 255);
/** Deflate writes the lower byte first. */
const u16 = (value: number): readonly number[] => [value & 255, (value >>> 8) & 255];

const crc32 = (bytes: readonly number[]): number => {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
};
const adler32 = (bytes: Uint8Array): number => {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
};
