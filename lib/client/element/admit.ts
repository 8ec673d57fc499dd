import { DarkroomError } from '../error.ts';
import { type Inspected, inspect, inspectedBytes } from '../inspect.ts';
import { type Strings, say, sizeText } from './strings.ts';

/** What the service takes; it is the service that decides in the end. */
export type FileLimits = {
  readonly accept: readonly string[];
  readonly maxBytes: number;
  readonly minWidth: number;
  readonly minHeight: number;
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** By format, such as `avif`: width × height. */
  readonly maxPixels: Readonly<Partial<Record<string, number>>>;
};

/** Those that ship. */
export const usualLimits: FileLimits = {
  accept: ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif'],
  maxBytes: 10 * 1024 * 1024,
  minWidth: 100,
  minHeight: 100,
  maxWidth: 10_000,
  maxHeight: 10_000,
  maxPixels: { jpeg: 100_000_000, png: 100_000_000, webp: 100_000_000, avif: 40_000_000, gif: 100_000_000 },
};

/** Refused here, in the language of the page. */
export class NotAdmitted extends DarkroomError {}

type Terms = { readonly limits: FileLimits; readonly strings: Strings; readonly language: string };

/** `JPEG, PNG or GIF` in the language. */
export const typeNames = ({ accept }: FileLimits, language: string): string =>
  new Intl.ListFormat(language, { type: 'disjunction' }).format(accept.map(formatName));

const formatName = (type: string) => {
  const name = type.replace(/^image\//, '').toUpperCase();
  return name === 'WEBP' ? 'WebP' : name;
};

/** Refuses what the service would refuse, with the code of the service and before anything is sent. */
export const admit = async (file: Blob, terms: Terms): Promise<Inspected> => {
  const { strings, limits, language } = terms;
  if (file.size === 0) throw new NotAdmitted('invalid-request', strings.empty);
  const inspected = inspect(new Uint8Array(await file.slice(0, inspectedBytes).arrayBuffer()));
  const types = typeNames(limits, language);
  if (!inspected) throw new NotAdmitted('not-an-image', say(strings.notAPicture, { types }));
  if (!limits.accept.includes(inspected.type))
    throw new NotAdmitted('unsupported-type', refusedType(inspected.type, types, strings));
  return inspected;
};

/** What must hold of the file as it is sent, which may be smaller than the one that was chosen. */
export const admitSize = (
  bytes: number,
  { type, size }: Pick<Inspected, 'type' | 'size'>,
  { limits, strings, language }: Terms,
): void => {
  if (bytes > limits.maxBytes) {
    // Rounded up, so that it never reads like the limit that it is above.
    const words = { size: sizeText(bytes, language, 'ceil'), limit: sizeText(limits.maxBytes, language) };
    throw new NotAdmitted('too-large', say(strings.tooLarge, words));
  }
  if (!size) return;
  if (size.width < limits.minWidth || size.height < limits.minHeight) {
    const limit = `${limits.minWidth} × ${limits.minHeight}`;
    throw new NotAdmitted('too-small', say(strings.tooSmall, { ...size, limit }));
  }
  if (size.width > limits.maxWidth || size.height > limits.maxHeight) {
    const limit = `${limits.maxWidth} × ${limits.maxHeight}`;
    throw new NotAdmitted('too-big', say(strings.tooBig, { ...size, limit }));
  }
  const maxPixels = limits.maxPixels[type.replace('image/', '')] ?? Number.POSITIVE_INFINITY;
  if (size.width * size.height > maxPixels) {
    const limit = new Intl.NumberFormat(language).format(maxPixels / 1_000_000);
    throw new NotAdmitted('too-big', say(strings.tooManyPixels, { ...size, format: formatName(type), limit }));
  }
};

const refusedType = (type: string, types: string, strings: Strings): string => {
  if (type === 'image/heic') return strings.heic;
  if (type === 'image/svg+xml') return strings.svg;
  const format = type.replace(/^.*[/.]/, '').toUpperCase();
  return say(strings.format, { format, types });
};
