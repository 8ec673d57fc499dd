import { hash } from 'node:crypto';
import { isAccepted } from '../../core/admission.ts';
import type { Config } from '../../core/config.ts';
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

/**
 * Refuses what `accept` leaves out before a decoder sees it: the ticket may be from before the setting was changed. A renderer
 * refuses bytes of another type than the declared one, so the declared one decides. docs/decisions.md#accept
 */
export const checkType = ({ accept }: Pick<Config, 'accept'>, { contentType }: Pick<Original, 'contentType'>): void => {
  if (isAccepted({ accept }, contentType)) return;
  const advice = `Convert the picture to one of ${accept.join(', ')}.`;
  throw new BadPicture('unsupported-format', `This service does not take ${contentType} at present. ${advice}`);
};
