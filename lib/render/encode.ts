import type { Format } from '../core/formats.ts';
import type { EncoderSettings } from './encoder-settings.ts';
import { fromPixels, type Pixels } from './pixels.ts';

/** The file. Pixels that stay transparent where the format cannot say so are laid on white, never on black. */
export const encode = async (
  pixels: Pixels,
  format: Format,
  encoder: EncoderSettings,
  copyright: string | undefined,
): Promise<Buffer> => {
  const flat = format === 'jpeg' ? fromPixels(pixels).flatten({ background: '#ffffff' }) : fromPixels(pixels);
  const marked = copyright === undefined ? flat : flat.withXmp(copyright);
  return marked.toFormat(format, encoder).toBuffer();
};
