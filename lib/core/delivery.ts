import { formats } from './formats.ts';
import { cacheTag, parseManifestKey, parseVariantKey } from './object-keys.ts';

/** The headers under which a stored object is served, in either home. */
export type DeliveryHeaders = {
  readonly contentType: string;
  readonly cacheControl: string;
  /** The tag under which a CDN can forget it. */
  readonly cacheTag?: string;
};

/** The metadata of a stored object that holds its tag. A bucket sends it as the header `x-amz-meta-cache-tag`. */
export const cacheTagField = 'cache-tag';

export const foreverCacheControl = 'public, max-age=31536000, immutable';

export const deliveryHeaders = (key: string): DeliveryHeaders => {
  const variant = parseVariantKey(key);
  const forever = { cacheControl: foreverCacheControl } as const;
  if (variant) return { ...forever, contentType: formats[variant.format].contentType, cacheTag: cacheTag(variant.id) };
  const manifest = parseManifestKey(key);
  if (manifest) return { ...forever, contentType: 'application/json', cacheTag: cacheTag(manifest.id) };
  return { contentType: 'application/octet-stream', cacheControl: 'private, no-store' };
};

/** For the way to another format: a file that is missing today may be there again tomorrow. */
export const wayCacheControl = 'public, max-age=86400';

/** For a 404: long enough to protect the origin from a burst of requests, short enough to be forgotten. */
export const missCacheControl = 'public, max-age=1';
