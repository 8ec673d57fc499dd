/**
 * Tells a picture that kills its renderers from a machine that does. A death is the picture's until the renderer of another
 * picture dies as well, with no render in between that came to its end: then the machine is to blame for all of them.
 */
export type DeathWatch = {
  /** A renderer died while it worked on the subject. */
  died(subject: string): Verdict;
  /** A render came to its end: the machine does what it should. */
  cameThrough(): void;
};
/** `forgiven` names a subject once for each death that it was charged with before. */
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
