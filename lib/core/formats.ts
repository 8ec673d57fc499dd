/** The facts about each format, one row each. A format is accepted, made, or both. */
export const formats = {
  jpeg: { contentType: 'image/jpeg', transparency: false, animation: false },
  png: { contentType: 'image/png', transparency: true, animation: false },
  webp: { contentType: 'image/webp', transparency: true, animation: true },
  avif: { contentType: 'image/avif', transparency: true, animation: false },
  gif: { contentType: 'image/gif', transparency: true, animation: true },
} as const satisfies Record<string, { contentType: string; transparency: boolean; animation: boolean }>;

export type SourceFormat = keyof typeof formats;
export type ContentType = (typeof formats)[SourceFormat]['contentType'];

/** Formats of variants, the most wanted first: the order of `<source>` elements in a `<picture>`. */
export const variantFormats = ['avif', 'webp', 'jpeg', 'png'] as const satisfies readonly SourceFormat[];
export type Format = (typeof variantFormats)[number];

export const contentTypes = Object.values(formats).map((format) => format.contentType);

export const isContentType = (value: string): value is ContentType => contentTypes.some((type) => type === value);

export const formatOfContentType = (contentType: ContentType): SourceFormat => {
  for (const [name, format] of Object.entries(formats))
    if (format.contentType === contentType) return name as SourceFormat;
  throw new RangeError(`no format has the content type ${contentType}`);
};

/** What an original is, by its pixels; it decides which formats are worth making. */
export const kinds = ['photo', 'graphic', 'transparent', 'animated'] as const;
export type Kind = (typeof kinds)[number];
