import { type Format, variantFormats } from './formats.ts';
import { type ImageId, idPattern } from './ids.ts';

/** The one place where the keys of stored objects, and so the public paths, are built and parsed. */

export type VersionRef = { readonly id: ImageId; readonly version: number };
export type VariantRef = VersionRef & { readonly name: string; readonly format: Format };

const variantName = '[a-z0-9][a-z0-9-]{0,31}';
export const variantNamePattern = new RegExp(`^${variantName}$`);
/** The last part of a variant's address; its format may be left open. */
export const variantFilePattern = new RegExp(`^${variantName}(?:\\.(?:${variantFormats.join('|')}))?$`);
export const versionPattern = /^v[1-9]\d{0,8}$/;

export const originalKey = ({ id, version }: VersionRef): string => `originals/${id}/v${version}`;
export const originalsPrefix = (id: ImageId): string => `originals/${id}/`;
export const variantKey = ({ id, version, name, format }: VariantRef): string =>
  `${versionPrefix({ id, version })}${name}.${format}`;
export const manifestKey = (ref: VersionRef): string => `${versionPrefix(ref)}manifest.json`;
export const versionPrefix = ({ id, version }: VersionRef): string => `images/${id}/v${version}/`;
export const imagePrefix = (id: ImageId): string => `images/${id}/`;
/** Names all files of an image to a CDN that invalidates by tags, whatever their addresses. */
export const cacheTag = (id: ImageId): string => id;
/** Every public path of an image, as caches write it: those without a format too, and those of versions to come. */
export const imagePaths = (id: ImageId): string => `/${imagePrefix(id)}*`;

/** The beginning of every key of the images whose ids begin with a letter. */
export const originalsPart = (letter: string): string => `originals/${letter}`;
export const imagesPart = (letter: string): string => `images/${letter}`;

/** The version to which a stored object belongs: an original, a variant or a manifest. */
export const parseStoredKey = (key: string): VersionRef | undefined =>
  parseOriginalKey(key) ?? parseVariantKey(key) ?? parseManifestKey(key);

export const parseOriginalKey = (key: string): VersionRef | undefined => {
  const [folder, id = '', v = '', ...rest] = key.split('/');
  const version = parseVersion(v);
  if (folder !== 'originals' || rest.length > 0 || !idPattern.test(id) || version === undefined) return undefined;
  return { id, version };
};

export const parseVariantKey = (key: string): VariantRef | undefined => {
  const [folder, id = '', v = '', file = '', ...rest] = key.split('/');
  const version = parseVersion(v);
  const [name = '', ending, ...more] = file.split('.');
  const format = variantFormats.find((known) => known === ending);
  if (folder !== 'images' || rest.length > 0 || more.length > 0 || !idPattern.test(id)) return undefined;
  if (version === undefined || format === undefined || !variantNamePattern.test(name)) return undefined;
  return { id, version, name, format };
};

/** True for the address of a variant without its format. */
export const isVariantOfAnyFormat = (key: string): boolean => parseVariantKey(`${key}.jpeg`) !== undefined;

export const parseManifestKey = (key: string): VersionRef | undefined => {
  const match = /^images\/([a-z2-7]{26})\/(v\d+)\/manifest\.json$/.exec(key);
  const version = match?.[2] && parseVersion(match[2]);
  return match?.[1] && version ? { id: match[1], version } : undefined;
};

const parseVersion = (text: string): number | undefined =>
  versionPattern.test(text) ? Number(text.slice(1)) : undefined;
