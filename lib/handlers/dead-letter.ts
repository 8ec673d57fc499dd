import type { SQSEvent } from 'aws-lambda';
import { isUsedUp, leasedUntil } from '../core/image.ts';
import { giveUp } from '../pipeline/give-up.ts';
import { giveUpSample } from '../pipeline/sample-image.ts';
import type { Catalogue, Clock, JobBook, Log, RenderJob } from '../ports.ts';
import { tasksIn } from './tasks-in.ts';

type World = {
  readonly catalogue: Catalogue;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Messages that came back too often. A version fails only when its own attempts are used up; otherwise its message was
 * spent on trouble that is not the picture's (a throttled function, say), and the sweep sends it again. A sample has no
 * attempts of its own, so it ends here.
 */
export const deadLetterHandler =
  (world: World) =>
  async (event: SQSEvent): Promise<void> => {
    for (const { body } of event.Records)
      for (const task of tasksIn(body, world.log)) {
        world.log.error('a task came back too often', { task });
        if ('render' in task && (await hasNoAttemptLeft(world, task.render)))
          await giveUp(world, task.render, 'render-death');
        if ('sample' in task) await giveUpSample(world.jobs, task.sample);
      }
  };

const hasNoAttemptLeft = async ({ catalogue, clock }: World, { id, version }: RenderJob): Promise<boolean> => {
  const found = await catalogue.version(id, version);
  return (
    found !== undefined && isUsedUp(found) && leasedUntil(found, clock.now(), Number.POSITIVE_INFINITY) === undefined
  );
};
