import type { SQSEvent } from 'aws-lambda';
import { giveUp } from '../pipeline/give-up.ts';
import type { Catalogue, Clock, Log } from '../ports.ts';
import { jobsIn } from './render.ts';

/** Messages that came back too often: what they stood for ends as failed instead of waiting for ever. */
export const deadLetterHandler =
  (world: { readonly catalogue: Catalogue; readonly clock: Clock; readonly log: Log }) =>
  async (event: SQSEvent): Promise<void> => {
    for (const { body } of event.Records)
      for (const job of jobsIn(body, world.log)) {
        const failed = await giveUp(world, job);
        world.log.error('a message came back too often', { ...job, ended: failed !== undefined });
      }
  };
