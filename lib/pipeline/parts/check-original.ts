import { hash } from 'node:crypto';
import { BadPicture } from '../../core/errors.ts';
import type { Original } from '../../core/image.ts';

/** Compares the stored bytes with the declared length and digest; returns the original with its real digest. */
export const checkOriginal = (declared: Original, bytes: Uint8Array): Original => {
  if (bytes.length !== declared.bytes)
    throw new BadPicture(
      'checksum-mismatch',
      `${declared.bytes} bytes were declared and ${bytes.length} are stored. Upload the file again.`,
    );
  const sha256 = hash('sha256', bytes, 'base64');
  if (declared.sha256 !== null && declared.sha256 !== sha256) throw new BadPicture('checksum-mismatch');
  return { ...declared, sha256 };
};
