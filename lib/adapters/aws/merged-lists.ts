import type { Image } from '../../core/image.ts';
import type { Catalogue, ListPosition, ListQuery } from '../../ports.ts';
import { type StatusList, statusListOf, statusLists } from './table.ts';

/**
 * One page out of the lists of several statuses, which an index keeps apart. The lists are read one after the other in
 * the order of a life, so an image that moves on meanwhile is met twice and not missed; its later state counts. A page
 * of a list may be short and still go on: then this page ends where that one does.
 */
export const mergedLists = async (
  { statuses, order, limit }: ListQuery,
  listOne: (list: StatusList | undefined) => ReturnType<Catalogue['list']>,
): ReturnType<Catalogue['list']> => {
  const wanted = statusLists.filter((list) => statuses?.some((status) => statusListOf(status) === list));
  if (statuses === undefined || wanted.length === statusLists.length) return listOne(undefined);
  if (wanted.length === 1) return listOne(wanted[0]);
  const sign = order === 'oldest' ? 1 : -1;
  const compare = (a: ListPosition, b: ListPosition) => sign * (a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  const found = new Map<string, Image>();
  let end: ListPosition | undefined;
  for (const list of wanted) {
    const { items, next } = await listOne(list);
    for (const image of items) found.set(image.id, image);
    if (next && (!end || compare(next, end) < 0)) end = next;
  }
  const known = [...found.values()]
    .sort(compare)
    .filter(({ createdAt, id }) => !end || id === end.id || compare({ createdAt, id }, end) < 0);
  const items = known.slice(0, limit);
  const last = items.at(-1);
  return { items, next: known.length > limit && last ? { createdAt: last.createdAt, id: last.id } : end };
};
