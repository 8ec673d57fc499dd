import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { promptOptions } from '../lib/adapters/aws/client-options.ts';
import { cloudWatchFigures } from '../lib/adapters/aws/cloudwatch-figures.ts';
import { costOfOne, reprocessingCost } from '../lib/adapters/aws/cost.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { s3ObjectStore } from '../lib/adapters/aws/s3-object-store.ts';
import { presigning, s3TicketOffice } from '../lib/adapters/aws/s3-ticket-office.ts';
import { secretText } from '../lib/adapters/aws/secret-text.ts';
import { sqsDepth } from '../lib/adapters/aws/sqs-depth.ts';
import { sqsTaskQueue } from '../lib/adapters/aws/sqs-task-queue.ts';
import { answerWith } from '../lib/api/answer.ts';
import { environments } from '../lib/environment.ts';
import { entry } from '../lib/handlers/entry.ts';
import { gatewayHandler, troubleResult } from '../lib/handlers/gateway.ts';
import { lookAtStores } from '../lib/pipeline/look-at-stores.ts';
import { config, release } from './config.ts';
import { openTable } from './open-table.ts';

const environment = environments.api.parse(process.env);
const log = powertoolsLog('api', environment.DARKROOM_LOG);
const clock = { now: Date.now };
const s3 = new S3Client(promptOptions);
const sqs = new SQSClient(promptOptions);
const renderMemoryMib = Number(environment.DARKROOM_RENDER_MEMORY_MIB);

const stores = {
  ...openTable(environment.DARKROOM_TABLE, promptOptions),
  originals: s3ObjectStore(s3, environment.DARKROOM_ORIGINALS),
};

export const handler = entry(
  log,
  gatewayHandler(
    answerWith({
      ...stores,
      variants: s3ObjectStore(s3, environment.DARKROOM_VARIANTS),
      queue: sqsTaskQueue(sqs, environment.DARKROOM_QUEUE_URL),
      tickets: s3TicketOffice(new S3Client({ ...promptOptions, ...presigning }), environment.DARKROOM_ORIGINALS, clock),
      clock,
      chance: { bytes: randomBytes },
      config,
      log,
      watchSecret: secretText(new SecretsManagerClient(promptOptions), environment.DARKROOM_WATCH_SECRET),
      look: lookAtStores({ ...stores, clock, log }, sqsDepth(sqs, environment.DARKROOM_QUEUE_URL)),
      site: environment.DARKROOM_SITE,
      release,
      hasEdge: true,
      dollarsOf: (estimate) => reprocessingCost(estimate, renderMemoryMib, environment.DARKROOM_COLD === 'yes'),
      figures: cloudWatchFigures(
        {
          settings: promptOptions,
          clock,
          depth: sqsDepth(sqs, environment.DARKROOM_QUEUE_URL, 'all'),
          dollarsOf: (renderMs) => costOfOne(renderMs, renderMemoryMib),
        },
        {
          deployment: environment.DARKROOM_NAME,
          queue: environment.DARKROOM_QUEUE_URL.split('/').at(-1) ?? '',
          gateway: environment.DARKROOM_GATEWAY,
          originals: environment.DARKROOM_ORIGINALS,
          variants: environment.DARKROOM_VARIANTS,
        },
      ),
    }),
  ),
  troubleResult,
);
