import { createHash, timingSafeEqual } from 'node:crypto';

/** Only the SHA-256 of each API key is stored, in hexadecimal; the key itself is not. */
export const hashOfKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** True if the key has one of the hashes. Compares in constant time. */
export const isKnownKey = (hashes: readonly string[], presented: string): boolean => {
  const digest = Buffer.from(hashOfKey(presented), 'hex');
  let known = false;
  for (const hash of hashes) {
    const candidate = Buffer.from(hash, 'hex');
    if (candidate.length === digest.length && timingSafeEqual(candidate, digest)) known = true;
  }
  return known;
};

/** Whether an `Authorization` header can hold a key at all: `Bearer`, then what RFC 6750 lets a token consist of. */
export const mayHoldKey = (authorization: string | undefined): boolean =>
  /^bearer +[\w.~+/-]{1,256}={0,2} *$/i.test(authorization ?? '');

/** The key in an `Authorization` header; undefined when it carries none. */
export const bearerKey = (authorization: string | undefined): string | undefined =>
  /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
