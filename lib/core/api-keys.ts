import { createHash, timingSafeEqual } from 'node:crypto';

/** API keys are kept as the SHA-256 of each, in hexadecimal; a key itself is known to its owner only. */
export const hashOfKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** `upload`: ask for tickets of new images. `read`: look at images and download originals. `manage`: everything else. */
export const rights = ['upload', 'read', 'manage'] as const;
export type Right = (typeof rights)[number];

/** What a caller may do; one without a grant may do everything. */
export type Grant = {
  readonly rights: readonly Right[];
  /** Prefixes of the collections whose images it may touch; all images when left out. */
  readonly collections?: readonly string[] | undefined;
};

/** The hash of a key, which then may do everything; or the hash with what the key may do. */
export type StoredKey = string | ({ readonly sha256: string } & Grant);

const hashIn = (key: StoredKey): string => (typeof key === 'string' ? key : key.sha256);

/** What the presented key may do; undefined when it is not one of the stored ones. */
export const findKey = (stored: readonly StoredKey[], presented: string): { readonly grant?: Grant } | undefined => {
  const found = stored.filter((key) => isKnownKey([hashIn(key)], presented));
  const [key] = found;
  if (key === undefined) return undefined;
  return typeof key === 'string' ? {} : { grant: { rights: key.rights, collections: key.collections } };
};

/** Whether the presented key is one of those that the hashes are of. How long it takes tells nothing of any of them. */
export const isKnownKey = (hashes: readonly string[], presented: string): boolean => {
  const digest = Buffer.from(hashOfKey(presented), 'hex');
  let known = false;
  for (const hash of hashes) {
    const candidate = Buffer.from(hash, 'hex');
    if (candidate.length === digest.length && timingSafeEqual(candidate, digest)) known = true;
  }
  return known;
};

/** The key in an `Authorization` header; undefined when it carries none. */
export const bearerKey = (authorization: string | undefined): string | undefined =>
  /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
