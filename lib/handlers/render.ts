import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { parseOriginalKey } from '../core/keys.ts';
import { queueMessage } from '../messages.ts';
import { type RenderOutcome, type RenderWorld, renderImage } from '../pipeline/render-image.ts';
import type { JobQueue, Log, RenderJob } from '../ports.ts';

export type RenderHandlerWorld = RenderWorld & {
  readonly queue: JobQueue;
  readonly log: Log;
  /** Counts how renders end. */
  readonly tally?: (outcome: RenderOutcome) => void;
};

/** What has arrived in the originals, one message after the other; a message that should come back is named in the answer. */
export const renderHandler =
  (world: RenderHandlerWorld) =>
  async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of event.Records)
      if (!(await renderAll(world, record))) batchItemFailures.push({ itemIdentifier: record.messageId });
    return { batchItemFailures };
  };

/** True when the message is done with. */
const renderAll = async (world: RenderHandlerWorld, record: SQSRecord): Promise<boolean> => {
  let done = true;
  for (const job of jobsIn(record.body, world.log)) {
    const outcome = await renderOrReject(world, job);
    report(world.log, job, outcome);
    world.tally?.(outcome);
    if (outcome.end === 'again') {
      done = false;
      await world.queue.postpone(record.receiptHandle, backOffMs(outcome.attempt));
    }
  }
  return done;
};

/** Trouble outside an attempt (the catalogue cannot be reached, say) sends the message back like trouble within. */
const renderOrReject = async (world: RenderHandlerWorld, job: RenderJob): Promise<RenderOutcome> => {
  try {
    return await renderImage(world, job);
  } catch (cause) {
    return { end: 'again', attempt: 1, cause };
  }
};

const backOffMs = (attempt: number): number => 1000 * 4 ** (attempt - 1);

/** The versions that a message speaks of. What is not ours is logged and done with: it would never become ours. */
export const jobsIn = (body: string, log: Log): RenderJob[] => {
  const parsed = queueMessage.safeParse(parseJson(body));
  if (!parsed.success) {
    log.warn('a message that is none of ours was dropped', { body: body.slice(0, 1000) });
    return [];
  }
  if ('render' in parsed.data) return [parsed.data.render];
  if (!('Records' in parsed.data)) return [];
  return parsed.data.Records.flatMap(({ eventName, s3 }) => {
    const job = eventName.startsWith('ObjectCreated:') ? parseOriginalKey(s3.object.key) : undefined;
    if (!job) log.warn('an object that is no original was ignored', { eventName, key: s3.object.key });
    return job ?? [];
  });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const report = (log: Log, { id, version }: RenderJob, outcome: RenderOutcome): void => {
  if (outcome.end === 'again')
    log.warn('an attempt to render failed and will be repeated', { id, version, ...outcome });
  else log.info('a render came to its end', { id, version, ...outcome });
};
