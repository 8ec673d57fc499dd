/** How many images an audit has looked at, and how many of them the catalogue does not know as they are stored. */
export type Census = { readonly images: number; readonly unknown: number };

export type Brake = {
  /** One audit never removes what is stored for more unknown images than this. */
  readonly orphanImages: number;
  /** Nor when a larger share of all images than this is unknown. */
  readonly orphanShare: number;
};

/** So few may be orphans in a store of any size. */
const few = 3;

/** In fewer images a share says little. */
export const enoughForShare = 1000;

/**
 * Whether the unknown images are orphans. The other explanation is a catalogue that was restored or replaced. Then it
 * knows less than the stores hold, and to remove the rest would destroy originals for good.
 */
export const areOrphans = ({ images, unknown }: Census, { orphanImages, orphanShare }: Brake): boolean =>
  unknown <= orphanImages && 2 * unknown <= images && unknown <= Math.max(few, orphanShare * images);
