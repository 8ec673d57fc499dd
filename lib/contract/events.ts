import * as z from 'zod';
import { failures } from '../core/errors.ts';
import { imageId, instant, namesOf } from './common.ts';

/** What a webhook and an event bus carry; lib/core/notification.ts says what a consumer may rely on. */
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
