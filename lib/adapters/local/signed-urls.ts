import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../core/image.ts';
import type { SignedRequest, TicketOffice } from '../../ports.ts';

/**
 * Tickets of the one-box home. As with S3, every header that matters is part of what is signed, so a request that
 * differs in one of them carries a signature that does not fit.
 */

/** The terms as a request states them; the signature shows whether they were ever granted. */
export type StatedTerms = { readonly contentType: string; readonly bytes: number; readonly sha256: string | null };

export const localTicketOffice = ({
  secret,
  site,
}: {
  readonly secret: string;
  readonly site: string;
}): TicketOffice => ({
  upload: async (key, terms, expiresAt): Promise<SignedRequest> => ({
    url: `${site}/${key}?${query(expiresAt, signUpload(secret, key, terms, expiresAt))}`,
    headers: {
      'content-type': terms.contentType,
      'if-none-match': '*',
      ...(terms.sha256 !== null && { 'x-amz-checksum-sha256': terms.sha256 }),
    },
  }),
  download: async (key, filename, expiresAt) =>
    `${site}/${key}?${query(expiresAt, signDownload(secret, key, filename, expiresAt), { filename })}`,
});

export const signUpload = (secret: string, key: string, terms: StatedTerms, expiresAt: Instant): string =>
  sign(secret, ['PUT', key, terms.contentType, terms.bytes, terms.sha256, expiresAt]);

export const signDownload = (secret: string, key: string, filename: string, expiresAt: Instant): string =>
  sign(secret, ['GET', key, filename, expiresAt]);

export const sameSignature = (given: string, right: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** The query of a signed URL; undefined if it is spelt in another way than ours. docs/decisions.md#one-spelling */
export const signedQuery = <Name extends string>(
  { searchParams }: URL,
  more: readonly Name[],
): { expiresAt: Instant; signature: string; more: Record<Name, string> } | undefined => {
  const { expires = '', signature = '', ...others } = Object.fromEntries(searchParams);
  const names = ['expires', 'signature', ...more].sort().join();
  if ([...searchParams.keys()].sort().join() !== names || !/^[1-9]\d{0,15}$/.test(expires)) return undefined;
  return { expiresAt: Number(expires), signature, more: others as Record<Name, string> };
};

const query = (expires: Instant, signature: string, more: Record<string, string> = {}) =>
  new URLSearchParams({ expires: String(expires), ...more, signature }).toString();

const sign = (secret: string, facts: readonly (string | number | null)[]): string =>
  createHmac('sha256', secret).update(JSON.stringify(facts)).digest('base64url');
