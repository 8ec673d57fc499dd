import type { SQSEvent } from 'aws-lambda';
import type { Log, RenderTask } from '../ports.ts';
import { tasksIn } from './tasks-in.ts';

/** Messages that were received too often, to the tasks in them. */
export const deadLetterHandler =
  (log: Log, end: (task: RenderTask) => Promise<void>) =>
  async ({ Records }: SQSEvent): Promise<void> => {
    for (const { body } of Records) for (const task of tasksIn(body, log)) await end(task);
  };
