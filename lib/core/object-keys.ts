import { type Format, variantFormats } from './formats.ts';
import { type ImageId, idText } from './ids.ts';

/** The one place where the keys of stored objects, and so the public paths, are built and parsed. */

export type VersionRef = { readonly id: ImageId; readonly version: number };
export type VariantRef = VersionRef & { readonly name: string; readonly format: Format };

const variantName = '[a-z0-9][a-z0-9-]{0,31}';
export const variantNamePattern = new RegExp(`^${variantName}$`);
/** The last part of a variant's address; its format may be left open. */
export const variantFilePattern = new RegExp(`^${variantName}(?:\\.(?:${variantFormats.join('|')}))?$`);
const versionNumber = '[1-9]\\d{0,8}';
export const versionPattern = new RegExp(`^v${versionNumber}$`);

export const originalKey = ({ id, version }: VersionRef): string => `originals/${id}/v${version}`;
export const originalsPrefix = (id: ImageId): string => `originals/${id}/`;
export const variantKey = ({ id, version, name, format }: VariantRef): string =>
  `${versionPrefix({ id, version })}${name}.${format}`;
export const manifestKey = (ref: VersionRef): string => `${versionPrefix(ref)}manifest.json`;
export const versionPrefix = ({ id, version }: VersionRef): string => `images/${id}/v${version}/`;
export const imagePrefix = (id: ImageId): string => `images/${id}/`;
/** All files of an image carry it, so that a CDN that invalidates by tags forgets them together. */
export const cacheTag = (id: ImageId): string => id;
/** Every public path of an image, as caches write it: those without a format too, and those of versions to come. */
export const imagePaths = (id: ImageId): string => `/${imagePrefix(id)}*`;

/** The beginning of every key of the images whose ids begin with a letter. */
export const originalsPart = (letter: string): string => `originals/${letter}`;
export const imagesPart = (letter: string): string => `images/${letter}`;

/** The version to which a stored object belongs: an original, a variant or a manifest. */
export const parseStoredKey = (key: string): VersionRef | undefined =>
  parseOriginalKey(key) ?? parseVariantKey(key) ?? parseManifestKey(key);

const versionPath = `(${idText})/v(${versionNumber})`;
const originalPattern = new RegExp(`^originals/${versionPath}$`);
const variantPattern = new RegExp(`^images/${versionPath}/(${variantName})\\.(${variantFormats.join('|')})$`);
const manifestPattern = new RegExp(`^images/${versionPath}/manifest\\.json$`);

// An audit and a list of a store parse every key, so one expression reads a key in one pass.
const versionIn = (match: RegExpExecArray | null): VersionRef | undefined =>
  match ? { id: match[1] ?? '', version: Number(match[2]) } : undefined;

export const parseOriginalKey = (key: string): VersionRef | undefined => versionIn(originalPattern.exec(key));

export const parseVariantKey = (key: string): VariantRef | undefined => {
  const match = variantPattern.exec(key);
  const ref = versionIn(match);
  return ref && { ...ref, name: match?.[3] ?? '', format: match?.[4] as Format };
};

/** True for the address of a variant without its format. */
export const isVariantOfAnyFormat = (key: string): boolean => parseVariantKey(`${key}.jpeg`) !== undefined;

export const parseManifestKey = (key: string): VersionRef | undefined => versionIn(manifestPattern.exec(key));
