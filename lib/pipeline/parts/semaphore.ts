/** So many calls at most are under way at a time; the others wait, in the order in which they came. */
export const semaphore = (count: number) => {
  let free = count;
  const waiting: (() => void)[] = [];
  return async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (free > 0) free--;
    else await new Promise<void>((goOn) => waiting.push(goOn));
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
};
