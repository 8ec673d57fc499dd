import * as z from 'zod';

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

/** What S3 puts into the queue of the renderers. */
export const s3Notification = z.union([objectCreated, testEvent]);

function decodeKey(encoded: string, context: z.RefinementCtx): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    context.addIssue({ code: 'custom', message: 'a key that cannot be decoded' });
    return z.NEVER;
  }
}
