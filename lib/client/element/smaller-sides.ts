export type Sides = { readonly width: number; readonly height: number };

/**
 * A picture with its longer side at most so long; undefined where it is no larger. No side becomes less than the least that
 * the service takes, so a very long picture stays longer than was asked for.
 */
export const smallerSides = ({ width, height }: Sides, maxSide: number, least: Sides): Sides | undefined => {
  const scale = Math.max(maxSide / Math.max(width, height), least.width / width, least.height / height);
  if (scale >= 1) return undefined;
  const side = (whole: number) => Math.max(1, Math.round(whole * scale));
  return { width: side(width), height: side(height) };
};
