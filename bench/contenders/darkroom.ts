import config from '../../darkroom.config.ts';
import { formats } from '../../lib/core/formats.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { sniff } from '../../lib/render/sniff.ts';
import type { Contender, Made } from './contender.ts';

const limits = { ...config.limits, renderSeconds: 600 };

const rendered =
  (preset: Preset): Contender =>
  async (original) => {
    const sniffed = sniff(original);
    if (!('accepted' in sniffed)) throw new Error('the original is not of an accepted format');
    const files: Made[] = [];
    const { contentType } = formats[sniffed.accepted];
    const order = { contentType, preset, limits, keepCopyright: false } as const;
    await sharpRenderer().render(original, order, async ({ name, format, width, height }, bytes) => {
      files.push({ name, format, width, height, bytes });
    });
    // As delivered they come in the order of their cost.
    return files.sort((a, b) => b.width - a.width || a.format.localeCompare(b.format));
  };

/** The renderer as it ships. */
export const darkroom = rendered(shippedPresets.web);

/** The same with a preset of sizes that all need much memory. */
export const darkroomSixLarge = rendered({
  ...shippedPresets.web,
  variants: [799, 790, 780, 770, 760, 750].map((width) => ({ name: `${width}w`, width, fit: 'inside' })),
});
