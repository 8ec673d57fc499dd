/** The entry `./config` of the package: what a darkroom.config.ts and a stack need. */
export { type Config, type ConfigInput, defineConfig, type Limits } from '../lib/core/config.ts';
export { type FormatRule, type Preset, type Quality, shippedPresets, type VariantSpec } from '../lib/core/presets.ts';
