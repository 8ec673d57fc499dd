import { Refusal } from '../../core/errors.ts';
import type { ListPosition } from '../../ports.ts';

/** The end of a page, as a text that callers hand back for the next one. */
export const cursorOf = (position: ListPosition | undefined): string | null =>
  position ? Buffer.from(`${position.createdAt}.${position.id}`).toString('base64url') : null;

export const positionOf = (cursor: string | undefined): ListPosition | undefined => {
  if (cursor === undefined) return undefined;
  const [, createdAt, id] = /^(\d{1,16})\.([a-z2-7]{26})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt && id) return { createdAt: Number(createdAt), id };
  throw new Refusal('invalid-request', 'The cursor is not one that this API gave out. Start again without it.', {
    fields: [{ path: 'cursor', message: 'a nextCursor of an earlier answer' }],
  });
};
