import { type Image, moves, type Status } from '../../core/image.ts';
import type { Catalogue, ListQuery } from '../../ports.ts';

/**
 * One page out of the lists of several statuses, which an index keeps apart. The lists are read one after the other in
 * the order of a life, so an image that moves on meanwhile is met twice and not missed; its later state counts.
 */
export const mergedLists = async (
  { statuses, order, limit }: ListQuery,
  listOne: (status: Status | undefined) => ReturnType<Catalogue['list']>,
): ReturnType<Catalogue['list']> => {
  if (statuses === undefined || statuses.length === lifeOrder.length) return listOne(undefined);
  const found = new Map<string, Image>();
  let isMore = false;
  for (const status of lifeOrder.filter((one) => statuses.includes(one))) {
    const { items, next } = await listOne(status);
    for (const image of items) found.set(image.id, image);
    isMore ||= next !== undefined;
  }
  const sign = order === 'oldest' ? 1 : -1;
  const sorted = [...found.values()].sort((a, b) => sign * (a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)));
  const items = sorted.slice(0, limit);
  const last = items.at(-1);
  const next = (isMore || sorted.length > limit) && last ? { createdAt: last.createdAt, id: last.id } : undefined;
  return { items, next };
};

const lifeOrder = Object.keys(moves) as Status[];
