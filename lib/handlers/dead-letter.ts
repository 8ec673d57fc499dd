import type { SQSEvent } from 'aws-lambda';
import { giveUp } from '../pipeline/give-up.ts';
import { giveUpSample } from '../pipeline/sample-image.ts';
import type { Catalogue, Clock, JobBook, Log } from '../ports.ts';
import { tasksIn } from './tasks-in.ts';

type World = {
  readonly catalogue: Catalogue;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly log: Log;
};

/** Messages that came back too often: what they stood for ends as failed instead of waiting for ever. */
export const deadLetterHandler =
  (world: World) =>
  async (event: SQSEvent): Promise<void> => {
    for (const { body } of event.Records)
      for (const task of tasksIn(body, world.log)) {
        world.log.error('a task came back too often', { task });
        if ('render' in task) await giveUp(world, task.render);
        if ('sample' in task) await giveUpSample(world.jobs, task.sample);
      }
  };
