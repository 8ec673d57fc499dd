/**
 * A weighted semaphore. Work begins when the bytes it will hold fit beside those already held. Work that fits goes first; work that
 * never fits begins when nothing else is held.
 */
export type Room = <T>(bytes: number, work: () => Promise<T>) => Promise<T>;

export const room = (limit: number): Room => {
  const waiting = new Set<{ readonly bytes: number; readonly begin: () => void }>();
  let held = 0;
  const beginWhatFits = () => {
    for (const each of waiting)
      if (held === 0 || held + each.bytes <= limit) {
        waiting.delete(each);
        held += each.bytes;
        each.begin();
      }
  };
  return async (bytes, work) => {
    await new Promise<void>((begin) => {
      waiting.add({ bytes, begin });
      beginWhatFits();
    });
    try {
      return await work();
    } finally {
      held -= bytes;
      beginWhatFits();
    }
  };
};
