/**
 * Distinguishes a picture that kills its renderers from a machine that kills them. A death is charged to the picture
 * until the renderer of another picture dies too, without a finished render in between. Then the machine is blamed for
 * all of these deaths.
 */
export type DeathWatch = {
  /** A renderer died while it worked on the subject. */
  died(subject: string): Verdict;
  /** A render has finished: the machine works. */
  cameThrough(): void;
};
/** `forgiven` names a subject once for each death that was charged to it before. */
export type Verdict = { readonly blame: 'picture' | 'machine'; readonly forgiven: readonly string[] };

export const deathWatch = (): DeathWatch => {
  let subjects = new Set<string>();
  let charged: string[] = [];
  return {
    died: (subject) => {
      subjects.add(subject);
      if (subjects.size === 1) {
        charged.push(subject);
        return { blame: 'picture', forgiven: [] };
      }
      const forgiven = charged;
      charged = [];
      return { blame: 'machine', forgiven };
    },
    cameThrough: () => {
      subjects = new Set();
      charged = [];
    },
  };
};
