import type { VersionRef } from '../core/object-keys.ts';

/**
 * Distinguishes a picture that kills its renderers from a machine that kills them. A death is charged to the picture
 * until the renderer of another picture dies too, without a finished render in between. Then the machine is blamed for
 * all of these deaths.
 */
export type DeathWatch = {
  /** A renderer died while it worked on this message of the queue. */
  died(message: number, charged: readonly VersionRef[]): Charge;
  /** A render has finished: the machine works. */
  cameThrough(): void;
};
/** `forgiven` names a version once for each death that was charged to it before. */
export type Charge = { readonly blame: 'picture' | 'machine'; readonly forgiven: readonly VersionRef[] };

export const deathWatch = (): DeathWatch => {
  let messages = new Set<number>();
  let allCharged: VersionRef[] = [];
  return {
    died: (message, charged) => {
      messages.add(message);
      if (messages.size === 1) {
        allCharged.push(...charged);
        return { blame: 'picture', forgiven: [] };
      }
      const forgiven = allCharged;
      allCharged = [];
      return { blame: 'machine', forgiven };
    },
    cameThrough: () => {
      messages = new Set();
      allCharged = [];
    },
  };
};
