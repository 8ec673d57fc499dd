/** A concurrency limit: works on the items of a long list while it is read, at most `limit` at a time. The first that fails ends the list. */
export const eachOf = async <Item>(
  items: AsyncGenerator<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const takeItems = async (): Promise<void> => {
    for await (const item of items) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, takeItems));
};
