export type Grouping = {
  readonly size: number;
  /** How many groups are worked on beside each other. */
  readonly atOnce: number;
  /** No group is begun when it says no. */
  readonly mayGoOn?: () => boolean;
};

/**
 * A concurrency limit for a stream: works on a long list in groups, while it reads on. The first trouble stops the rest from
 * beginning, and it is thrown only when nothing is under way any more.
 */
export const inGroups = async <Item>(
  items: AsyncIterable<Item>,
  { size, atOnce, mayGoOn = () => true }: Grouping,
  work: (group: readonly Item[]) => Promise<void>,
): Promise<void> => {
  const underWay = new Set<Promise<void>>();
  let trouble: { readonly error: unknown } | undefined;
  try {
    for await (const group of grouped(items, size)) {
      if (trouble || !mayGoOn()) break;
      const done: Promise<void> = work(group)
        .catch((error: unknown) => {
          trouble ??= { error };
        })
        .finally(() => underWay.delete(done));
      underWay.add(done);
      if (underWay.size >= atOnce) await Promise.race(underWay);
    }
  } finally {
    await Promise.all(underWay);
  }
  if (trouble) throw trouble.error;
};

async function* grouped<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<readonly Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
