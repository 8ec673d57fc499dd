import type { Format } from '../core/formats.ts';
import type { EncoderSettings } from './encoder-settings.ts';
import { fromPixels, type Pixels } from './pixels.ts';

/** The file. */
export const encode = async (
  pixels: Pixels,
  format: Format,
  encoder: EncoderSettings,
  copyright: string | undefined,
): Promise<Buffer> => {
  const picture = fromPixels(pixels);
  const marked = copyright === undefined ? picture : picture.withXmp(copyright);
  return marked.toFormat(format, encoder).toBuffer();
};
