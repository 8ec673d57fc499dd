import { type Preset, shippedPresets } from '../../../lib/core/presets.ts';
import type { Case } from './case.ts';

/** One small file in each format that the default preset makes of a kind. */
const glance = {
  ...shippedPresets.web,
  variants: [{ name: '320w', width: 320, fit: 'inside' }],
} satisfies Preset;

/** Presets that only the homes of the tests have. */
export const testPresets = { glance } as const;

/** For a home that has `testPresets`: a check that asks only for the kind and the formats needs no large files. */
export const atAGlance = (each: Case): Case => (each.isGlance ? { ...each, preset: 'glance' } : each);
