import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { sweepMetrics } from '../lib/adapters/aws/cloudwatch-metrics.ts';
import { patience } from '../lib/adapters/aws/patience.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { s3ObjectStore } from '../lib/adapters/aws/s3-object-store.ts';
import { sqsJobQueue } from '../lib/adapters/aws/sqs-job-queue.ts';
import { environments } from '../lib/environment.ts';
import { sweep } from '../lib/pipeline/sweep.ts';
import { config } from './config.ts';
import { openTable } from './open-table.ts';

const environment = environments.sweep.parse(process.env);
const log = powertoolsLog('sweep', environment.DARKROOM_LOG);
const tally = sweepMetrics();
const world = {
  catalogue: openTable(environment.DARKROOM_TABLE),
  originals: s3ObjectStore(new S3Client(patience), environment.DARKROOM_ORIGINALS),
  queue: sqsJobQueue(new SQSClient(patience), environment.DARKROOM_QUEUE_URL),
  clock: { now: Date.now },
  config,
};

/** Longer than a message may be on its way through the queue with all its receives, so that few are sent twice. */
const patienceMs = 60 * 60_000;

export const handler = async (): Promise<void> => {
  const report = await sweep(world, patienceMs);
  tally(report);
  log.info('swept', report);
};
