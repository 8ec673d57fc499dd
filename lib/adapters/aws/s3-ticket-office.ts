import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { attachment } from '../../core/attachment.ts';
import type { Instant } from '../../core/image.ts';
import type { Clock, SignedRequest, TicketOffice } from '../../ports.ts';

/**
 * Tickets are presigned URLs. Every header that matters is part of what is signed, so S3 itself refuses another
 * length, another type, a second PUT and bytes that do not match the digest. docs/decisions.md#signed-length
 * The client has to be made with the settings of `presigning`. `below` is the prefix of the store.
 */
export const s3TicketOffice = (s3: S3Client, bucket: string, clock: Clock, below = ''): TicketOffice => ({
  upload: async (key, terms, expiresAt): Promise<SignedRequest> => {
    const checksum = terms.sha256 === null ? {} : { ChecksumSHA256: terms.sha256 };
    const url = await getSignedUrl(
      s3,
      new PutObjectCommand({
        Bucket: bucket,
        Key: below + key,
        ContentType: terms.contentType,
        ContentLength: terms.bytes,
        IfNoneMatch: '*',
        ...checksum,
      }),
      {
        ...validity(clock.now(), expiresAt),
        unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
        signableHeaders: new Set(['host', 'content-length', 'content-type', 'if-none-match', 'x-amz-checksum-sha256']),
      },
    );
    return {
      url,
      headers: {
        'content-type': terms.contentType,
        'if-none-match': '*',
        ...(terms.sha256 !== null && { 'x-amz-checksum-sha256': terms.sha256 }),
      },
    };
  },

  download: (key, filename, expiresAt) =>
    getSignedUrl(
      s3,
      new GetObjectCommand({
        Bucket: bucket,
        Key: below + key,
        ResponseContentType: 'application/octet-stream',
        ResponseContentDisposition: attachment(filename),
        ResponseCacheControl: 'private, no-store',
      }),
      validity(clock.now(), expiresAt),
    ),
});

/**
 * By default the SDK adds checksums of its own. It would sign the checksum of an empty body into the URL of an upload,
 * and then only an empty file would fit.
 */
export const presigning = {
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const;

/**
 * Signatures count in whole seconds. The end is rounded down, so that no URL lives longer than promised; one of the
 * past expires at once.
 */
const validity = (now: Instant, expiresAt: Instant) => {
  const signedAt = Math.floor(Math.min(now, expiresAt - 1000) / 1000);
  return { signingDate: new Date(signedAt * 1000), expiresIn: Math.floor(expiresAt / 1000) - signedAt };
};
