import { createHash } from 'node:crypto';
import { BadPicture } from '../core/errors.ts';
import type { Original } from '../core/image.ts';

/** Compares the stored bytes with the declared length and digest; returns the original with its real digest. */
export const checkOriginal = (announced: Original, bytes: Uint8Array): Original => {
  if (bytes.length !== announced.bytes)
    throw new BadPicture(
      'checksum-mismatch',
      `${announced.bytes} bytes were announced and ${bytes.length} are stored. Upload the file again.`,
    );
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  if (announced.sha256 !== null && announced.sha256 !== sha256) throw new BadPicture('checksum-mismatch');
  return { ...announced, sha256 };
};
