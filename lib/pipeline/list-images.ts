import type { Image } from '../core/image.ts';
import type { Catalogue, ListQuery } from '../ports.ts';
import { cursorOf, positionOf } from './parts/cursor.ts';

type Query = Omit<ListQuery, 'after'> & { readonly cursor?: string | undefined };
type Page = { readonly items: readonly Image[]; readonly nextCursor: string | null };

export const listImages = async (catalogue: Catalogue, { cursor, ...query }: Query): Promise<Page> => {
  const { items, next } = await catalogue.list({ ...query, after: positionOf(cursor) });
  return { items, nextCursor: cursorOf(next) };
};
