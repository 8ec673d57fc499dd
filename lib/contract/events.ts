import * as z from 'zod';
import { failures } from '../core/errors.ts';
import type { ImageEvent } from '../core/events.ts';
import { imageId, instant, namesOf } from './common.ts';

/**
 * What both homes send: as the body of a webhook, as the detail on an event bus. A consumer may rely on this:
 *
 * - Every move to ready or failed, every deletion, and the end of every deletion (`image.purged`) is sent at least
 *   once, so some arrive twice. `id` is the same each time and unique to the event: a consumer that has seen it can
 *   stop.
 * - `at` is the time of the event, not of its delivery.
 * - The events of one image arrive in their order, unless one of them was set aside, after about a day or because a bus
 *   will never take it. A consumer that needs more compares `data.version`, and ignores everything after
 *   `image.deleted` except `image.purged`.
 * - `data.id` names the image, `data.version` the version that became ready or failed, `data.error` why it failed.
 * - Fields and types of events may be added, so a consumer passes over a type that it does not know. No field is
 *   removed, and none changes its meaning.
 */
export const notification = z.strictObject({
  id: z.string(),
  type: z.enum(['image.ready', 'image.failed', 'image.deleted', 'image.purged']),
  at: instant,
  data: z.strictObject({
    id: imageId,
    version: z.number().int().min(1).optional(),
    error: z.strictObject({ code: z.enum(namesOf(failures)), message: z.string() }).optional(),
  }),
});
export type Notification = z.output<typeof notification>;

export const notificationOf = (event: ImageEvent): Notification => {
  const { type, at, ...data } = event;
  return { id: notificationId(event), type, at: new Date(at).toISOString(), data };
};

/** A version becomes ready or failed once in its life, and an image is deleted and purged once: enough to tell events apart. */
const notificationId = (event: ImageEvent): string =>
  'version' in event ? `${event.id}.v${event.version}.${ending[event.type]}` : `${event.id}.${ending[event.type]}`;

const ending = {
  'image.ready': 'ready',
  'image.failed': 'failed',
  'image.deleted': 'deleted',
  'image.purged': 'purged',
} as const satisfies Record<ImageEvent['type'], string>;
