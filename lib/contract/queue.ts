import * as z from 'zod';
import { imageId } from './common.ts';

const renderTask = z.strictObject({ render: z.strictObject({ id: imageId, version: z.number().int().min(1) }) });

const sampleTask = z.strictObject({
  sample: z.strictObject({ job: imageId, id: imageId, preset: z.string().nullable() }),
});

const repairTask = z.strictObject({ repair: z.strictObject({ id: imageId, version: z.number().int().min(1) }) });

/** A task of the port `TaskQueue` as its queue keeps it, in JSON. */
export const queuedTask = z.union([renderTask, sampleTask, repairTask]);
export type QueuedTask = z.input<typeof queuedTask>;
