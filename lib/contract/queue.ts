import * as z from 'zod';
import { imageId } from './common.ts';

/** S3's notification of a new object. Keys arrive URL-encoded, with a plus for a space. */
const objectCreated = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      s3: z.object({ object: z.object({ key: z.string().transform(decodeKey) }) }),
    }),
  ),
});

/** S3 sends this once, when a notification is set up. It needs no work. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') });

/** The tasks of the port `TaskQueue`. */
const renderTask = z.strictObject({ render: z.strictObject({ id: imageId, version: z.number().int().min(1) }) });

const sampleTask = z.strictObject({
  sample: z.strictObject({ job: imageId, id: imageId, preset: z.string().nullable() }),
});

const repairTask = z.strictObject({ repair: z.strictObject({ id: imageId, version: z.number().int().min(1) }) });

export const queueMessage = z.union([objectCreated, testEvent, renderTask, sampleTask, repairTask]);
export type QueueMessage = z.input<typeof queueMessage>;

function decodeKey(encoded: string, context: z.RefinementCtx): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    context.addIssue({ code: 'custom', message: 'a key that cannot be decoded' });
    return z.NEVER;
  }
}
