/**
 * Merges lists, each in order, into one in order. It reads the first page of all of them at the same time, and every
 * other page when the one before it is used up.
 */
export async function* merged<Item>(
  lists: readonly AsyncIterable<readonly Item[]>[],
  compare: (one: Item, other: Item) => number,
): AsyncGenerator<Item, undefined> {
  const heads = await Promise.all(lists.map((list) => nextHead({ pages: list[Symbol.asyncIterator](), rest: [] })));
  let left = heads.filter((head) => head !== undefined);
  while (left.length > 0) {
    const first = left.reduce((one, other) => (compare(other.item, one.item) < 0 ? other : one));
    yield first.item;
    const next = await nextHead(first);
    left = left.flatMap((head) => (head === first ? (next ?? []) : head));
  }
}

/** Up to so many items of a list; fewer only where it ends. */
export const take = async <Item>(list: AsyncIterator<Item>, count: number): Promise<readonly Item[]> => {
  const items: Item[] = [];
  while (items.length < count) {
    const next = await list.next();
    if (next.done) break;
    items.push(next.value);
  }
  return items;
};

/** A list in batches of so many items; only the last one is smaller. */
export async function* batches<Item>(list: AsyncIterator<Item>, size: number): AsyncGenerator<readonly Item[]> {
  for (;;) {
    const batch = await take(list, size);
    if (batch.length > 0) yield batch;
    if (batch.length < size) return;
  }
}

type Tail<Item> = { readonly pages: AsyncIterator<readonly Item[]>; readonly rest: readonly Item[] };
type Head<Item> = Tail<Item> & { readonly item: Item };

const nextHead = async <Item>({ pages, rest }: Tail<Item>): Promise<Head<Item> | undefined> => {
  for (let page = rest; ; ) {
    const [item, ...after] = page;
    if (item !== undefined) return { pages, item, rest: after };
    const next = await pages.next();
    if (next.done) return undefined;
    page = next.value;
  }
};
