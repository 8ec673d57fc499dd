/** A concurrency limit: works through the items in order, a limited number at a time. The first that rejects ends it. */
export const sideBySide = async <Item>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const queue = items[Symbol.iterator]();
  let ended = false;
  const takeItems = async (): Promise<void> => {
    try {
      for (let next = queue.next(); !ended && !next.done; next = queue.next()) await work(next.value);
    } catch (error) {
      ended = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, takeItems));
};

/** A semaphore. */
export const slots = (count: number) => {
  let free = count;
  const waiting: (() => void)[] = [];
  const take = async (): Promise<void> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
  };
  const give = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  /** Resolves when all have been given back. */
  const all = async (): Promise<void> => {
    for (let taken = 0; taken < count; taken++) await take();
  };
  return { take, give, all };
};
