import config from '../../darkroom.config.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import type { Contender, Made } from './contender.ts';

const limits = { ...config.limits, renderSeconds: 600 };

/** The renderer as it ships. */
export const darkroom: Contender = async (original) => {
  const files: Made[] = [];
  const order = { contentType: 'image/jpeg', preset: shippedPresets.web, limits, keepCopyright: false } as const;
  await sharpRenderer().render(original, order, async ({ name, format, width, height }, bytes) => {
    files.push({ name, format, width, height, bytes });
  });
  // As delivered they come in the order of their cost.
  return files.sort((a, b) => b.width - a.width || a.format.localeCompare(b.format));
};
