import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../lib/adapters/aws/client-options.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { s3ObjectStore } from '../lib/adapters/aws/s3-object-store.ts';
import { sqsTaskQueue } from '../lib/adapters/aws/sqs-task-queue.ts';
import { environments } from '../lib/environment.ts';
import { entry } from '../lib/handlers/entry.ts';
import { renderHandler } from '../lib/handlers/render.ts';
import { selfTest } from '../lib/render/self-test.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { workWith } from '../lib/work/work.ts';
import { config } from './config.ts';
import { openTable } from './open-table.ts';
import { tallyFor } from './tally.ts';

const environment = environments.render.parse(process.env);
const log = powertoolsLog('render', environment.DARKROOM_LOG);
const s3 = new S3Client(clientOptions);
const renderer = sharpRenderer();
await selfTest(renderer, config.limits);

/** A typical render takes four seconds, and people who wait for it need no report of its half (docs/aws.md#what-it-costs). */
const reportEveryMs = 5000;

const world = {
  ...openTable(environment.DARKROOM_TABLE),
  originals: s3ObjectStore(s3, environment.DARKROOM_ORIGINALS),
  variants: s3ObjectStore(s3, environment.DARKROOM_VARIANTS),
  queue: sqsTaskQueue(new SQSClient(clientOptions), environment.DARKROOM_QUEUE_URL),
  renderer,
  clock: { now: Date.now },
  config,
  log,
};
const work = workWith(world, { reportEveryMs, tally: tallyFor(environment.DARKROOM_NAME).render });

export const handler = entry(log, renderHandler(world, work));
