/**
 * Keeps large animations from using every renderer. With several renderers one is always left to smaller pictures; with
 * one, a large animation lets the waiting uploads go first, once. A renderer finds out whether a picture is large, and
 * that is remembered while it waits. docs/decisions.md#one-renderer
 */
export type FairShare = {
  /** Whether this picture, whose size a renderer has found, is rendered now; if false, it has to be put back. */
  begin(subject: string, weight: number): boolean;
  /** Whether a picture that was put back may be tried. */
  mayTry(subject: string): boolean;
  ended(subject: string): void;
};

export const fairShare = (renderers: number, heavy: number, othersWait: () => boolean): FairShare => {
  const waiting = new Set<string>();
  const running = new Set<string>();
  const isFree = (subject: string): boolean =>
    renderers > 1 ? running.size < renderers - 1 : waiting.has(subject) || !othersWait();
  return {
    begin: (subject, weight) => {
      if (weight < heavy) return true;
      const goes = isFree(subject);
      if (goes) {
        waiting.delete(subject);
        running.add(subject);
      } else waiting.add(subject);
      return goes;
    },
    mayTry: (subject) => !waiting.has(subject) || isFree(subject),
    ended: (subject) => void running.delete(subject),
  };
};
