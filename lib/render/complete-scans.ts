import { sha256Of } from './digest.ts';
import sharp from './locked-sharp.ts';
import { hasAllRestarts, withSurplus } from './structure/jpeg.ts';

/**
 * Whether a JPEG that the decoder warns about has data for all its pixels. Bytes too many harm nothing, and every
 * browser shows such a picture whole; bytes too few leave a part of it grey. The decoder has one warning for both, so
 * the picture is decoded once more with data added to it, which changes only the pixels without data.
 */
export const hasCompleteScans = async (jpeg: Uint8Array): Promise<boolean> =>
  hasAllRestarts(jpeg) && (await looks(jpeg)) === (await looks(withSurplus(jpeg)));

const looks = async (jpeg: Uint8Array): Promise<string> =>
  sha256Of(await sharp(jpeg, { failOn: 'error', limitInputPixels: false }).raw().toBuffer(), 'hex');
