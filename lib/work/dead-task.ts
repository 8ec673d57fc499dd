import { isUsedUp, leasedUntil } from '../core/image.ts';
import type { VersionRef } from '../core/object-keys.ts';
import { giveUp } from '../pipeline/parts/give-up.ts';
import { giveUpSample } from '../pipeline/sample-image.ts';
import type { Ports, RenderTask } from '../ports.ts';

type World = Pick<Ports, 'catalogue' | 'jobs' | 'clock' | 'steady' | 'log'>;

/**
 * A task that came back too often. A version fails only when its own attempts are used up; otherwise its message was
 * spent on trouble that is not the picture's (a throttled function, say), and the sweep sends it again. A sample has no
 * attempts of its own, so it ends here. Running it twice is safe.
 */
export const endDeadTask = async (world: World, task: RenderTask): Promise<void> => {
  world.log.error('a task came back too often', { task });
  if ('render' in task && (await hasNoAttemptLeft(world, task.render)))
    await giveUp(world, task.render, 'render-death');
  if ('sample' in task) await giveUpSample(world.jobs, task.sample);
};

const hasNoAttemptLeft = async (
  { catalogue, clock, steady = clock }: World,
  { id, version }: VersionRef,
): Promise<boolean> => {
  const found = await catalogue.version(id, version);
  return (
    found !== undefined && isUsedUp(found) && leasedUntil(found, steady.now(), Number.POSITIVE_INFINITY) === undefined
  );
};
