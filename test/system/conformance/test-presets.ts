import { type Preset, shippedPresets } from '../../../lib/core/presets.ts';
import type { Case } from './case.ts';

/** Parts of the default preset, for checks that read no other file. Only the homes of the tests have them. */
export const testPresets = {
  whole: { ...shippedPresets.web, variants: [{ name: '1280w', width: 1280, fit: 'inside' }] },
  small: { ...shippedPresets.web, variants: [{ name: '320w', width: 320, fit: 'inside' }] },
} as const satisfies Record<string, Preset>;

/** The case as a home that has `testPresets` renders it, in every format but with no file that its check does not read. */
export const withTestPreset = ({ enough, ...each }: Case): Case => (enough ? { ...each, preset: enough } : each);
