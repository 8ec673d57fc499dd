/** A faster scroll shows the colours of its pictures, until it slows down. */
const windowsPerSecond = 1;

/** Says at each frame of a scroll whether its pictures go by too fast to be looked at. Heights in pixels, times in ms. */
export const scrollPace = (from: number, began: number) => {
  let [top, at] = [from, began];
  return (nextTop: number, windowHeight: number, now: number): boolean => {
    const windows = Math.abs(nextTop - top) / windowHeight;
    const seconds = (now - at) / 1000;
    [top, at] = [nextTop, now];
    return windows > windowsPerSecond * seconds;
  };
};
