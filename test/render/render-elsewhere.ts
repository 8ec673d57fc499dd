import config from '../../darkroom.config.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';

// A process of its own: an original in, the digests of its variants out.
process.once('message', async (original: string) => {
  const order = {
    contentType: 'image/jpeg',
    preset: shippedPresets.web,
    limits: config.limits,
    keepCopyright: false,
  } as const;
  const { variants } = await sharpRenderer().render(Buffer.from(original, 'base64'), order, async () => undefined);
  process.send?.(variants.map(({ name, format, sha256 }) => `${name}.${format} ${sha256}`));
});
