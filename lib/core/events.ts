import type { Failure } from './errors.ts';
import type { ImageId } from './ids.ts';
import type { Instant, Version } from './image.ts';

/** The events for a webhook or an event bus. They follow from the move alone, so both homes send the same. */
export type ImageEvent =
  | { readonly type: 'image.ready'; readonly id: ImageId; readonly version: number; readonly at: Instant }
  | {
      readonly type: 'image.failed';
      readonly id: ImageId;
      readonly version: number;
      readonly at: Instant;
      readonly error: Failure;
    }
  | { readonly type: 'image.deleted'; readonly id: ImageId; readonly at: Instant }
  | { readonly type: 'image.purged'; readonly id: ImageId; readonly at: Instant };

/** The event that a move causes, if any. */
export const eventOf = (to: Version): ImageEvent | undefined => {
  const facts = { id: to.id, version: to.version, at: to.updatedAt };
  if (to.status === 'ready') return { type: 'image.ready', ...facts };
  if (to.status === 'failed') return { type: 'image.failed', ...facts, error: to.error };
  return undefined;
};

export const deletionEvent = (id: ImageId, at: Instant): ImageEvent => ({ type: 'image.deleted', id, at });

/** The end of every deletion: its files are gone, and the CDN, where there is one, has been told to forget them. */
export const purgeEvent = (id: ImageId, at: Instant): ImageEvent => ({ type: 'image.purged', id, at });
