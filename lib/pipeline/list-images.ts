import { Refusal } from '../core/errors.ts';
import type { Image } from '../core/image.ts';
import type { Catalogue, ListPosition, ListQuery } from '../ports.ts';

type Query = Omit<ListQuery, 'after'> & { readonly cursor?: string | undefined };
type Page = { readonly items: readonly Image[]; readonly nextCursor: string | null };

export const listImages = async (catalogue: Catalogue, { cursor, ...query }: Query): Promise<Page> => {
  const { items, next } = await catalogue.list({ ...query, after: cursor === undefined ? undefined : parse(cursor) });
  return { items, nextCursor: next ? print(next) : null };
};

const print = ({ createdAt, id }: ListPosition) => Buffer.from(`${createdAt}.${id}`).toString('base64url');

const parse = (cursor: string): ListPosition => {
  const [, createdAt, id] = /^(\d{1,16})\.([a-z2-7]{26})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt && id) return { createdAt: Number(createdAt), id };
  throw new Refusal('invalid-request', 'The cursor is not one that this API gave out. Start again without it.', {
    fields: [{ path: 'cursor', message: 'a nextCursor of an earlier answer' }],
  });
};
