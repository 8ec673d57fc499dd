import type { Header } from './admit.ts';
import { isNearSrgb } from './calibration.ts';
import { isExact, isPlainSrgb } from './code-points.ts';
import type { Calibration, CodePoints, Structure } from './structure/index.ts';

/** What says which colours the samples of a picture mean; all else in the file is left aside. */
export type ColourMeaning =
  | { readonly by: 'code-points'; readonly colour: CodePoints }
  | { readonly by: 'profile' }
  | { readonly by: 'calibration'; readonly calibration: Calibration }
  | { readonly by: 'srgb' };

/**
 * Code points replace the profile beside them, as PNG says: a conversion by both would be one too many. Where we have no
 * exact curve and primaries for them, the profile says the same better. A profile that the decoder cannot read is none.
 */
export const colourMeaning = (
  { colour, calibration }: Pick<Structure, 'colour' | 'calibration'>,
  { hasProfile }: Pick<Header, 'hasProfile'>,
): ColourMeaning => {
  if (colour && (isExact(colour) || !hasProfile)) return isPlainSrgb(colour) ? srgb : { by: 'code-points', colour };
  if (hasProfile) return { by: 'profile' };
  return calibration && !isNearSrgb(calibration) ? { by: 'calibration', calibration } : srgb;
};

const srgb = { by: 'srgb' } as const;
