import { defineConfig } from './lib/core/config.ts';
import { shippedPresets } from './lib/core/presets.ts';

/** What this deployment makes of pictures. Every setting has the default shown in docs/configuration.md. */
export default defineConfig({
  presets: { ...shippedPresets },
  defaultPreset: 'web',
  limits: {
    maxBytes: 10 * 1024 * 1024,
    minWidth: 100,
    minHeight: 100,
    maxWidth: 10_000,
    maxHeight: 10_000,
    maxFrames: 300,
  },
  ticketSeconds: 15 * 60,
  downloadSeconds: 60 * 60,
  keepCopyright: false,
});
