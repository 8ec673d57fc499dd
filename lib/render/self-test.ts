import type { Limits } from '../core/config.ts';
import { kinds, variantFormats } from '../core/formats.ts';
import type { Preset } from '../core/presets.ts';
import type { Renderer } from '../ports.ts';
import sharp from './locked-sharp.ts';

const everyFormat: Preset = {
  variants: [{ name: 'self-test', width: 16, fit: 'inside' }],
  formats: Object.fromEntries(kinds.map((kind) => [kind, variantFormats])) as unknown as Preset['formats'],
  quality: { avif: 50, webp: 78, jpeg: 82 },
};

/**
 * Decodes and encodes a small picture in every format: a sharp that cannot do that fails at the start, not at the first
 * upload.
 */
export const selfTest = async (renderer: Renderer, limits: Limits): Promise<void> => {
  const side = { width: limits.minWidth, height: limits.minHeight };
  const picture = await sharp({ create: { ...side, channels: 3, background: '#468' } })
    .jpeg()
    .toBuffer();
  const order = { contentType: 'image/jpeg', preset: everyFormat, limits, keepCopyright: false } as const;
  const { variants } = await renderer.render(picture, order, async () => undefined);
  if (variants.length !== variantFormats.length) throw new Error('sharp does not make every format.');
};
