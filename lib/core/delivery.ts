import { formats } from './formats.ts';
import { parseManifestKey, parseVariantKey } from './keys.ts';

/** The headers under which a stored object is served, in either home. */
export type DeliveryHeaders = { readonly contentType: string; readonly cacheControl: string };

export const foreverCacheControl = 'public, max-age=31536000, immutable';

export const deliveryHeaders = (key: string): DeliveryHeaders => {
  const variant = parseVariantKey(key);
  if (variant) return { contentType: formats[variant.format].contentType, cacheControl: foreverCacheControl };
  if (parseManifestKey(key)) return { contentType: 'application/json', cacheControl: foreverCacheControl };
  return { contentType: 'application/octet-stream', cacheControl: 'private, no-store' };
};

/** For the way to another format: a file that is missing today may be there again tomorrow. */
export const wayCacheControl = 'public, max-age=86400';

/** For a 404: long enough to protect the origin from a burst of requests, short enough to be forgotten. */
export const missCacheControl = 'public, max-age=1';
