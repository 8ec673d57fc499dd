import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../lib/adapters/aws/client-options.ts';
import { cloudfrontEdge } from '../lib/adapters/aws/cloudfront-edge.ts';
import { reprocessingCost } from '../lib/adapters/aws/cost.ts';
import { documentClient } from '../lib/adapters/aws/document-client.ts';
import { dynamodbNotes } from '../lib/adapters/aws/dynamodb-notes.ts';
import { dynamodbTurns } from '../lib/adapters/aws/dynamodb-turns.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { s3ObjectStore } from '../lib/adapters/aws/s3-object-store.ts';
import { sfnLaneEngine } from '../lib/adapters/aws/sfn-lane-engine.ts';
import { sqsTaskQueue } from '../lib/adapters/aws/sqs-task-queue.ts';
import { environments } from '../lib/environment.ts';
import { choresHandler } from '../lib/handlers/chores.ts';
import { entry } from '../lib/handlers/entry.ts';
import { recipeOf } from '../lib/render/recipe.ts';
import { config } from './config.ts';
import { openTable } from './open-table.ts';
import { tallyFor } from './tally.ts';

const environment = environments.chores.parse(process.env);
const log = powertoolsLog('chores', environment.DARKROOM_LOG);
const s3 = new S3Client(clientOptions);
const dynamo = documentClient(new DynamoDBClient(clientOptions));

export const handler = entry(
  log,
  choresHandler(
    {
      ...openTable(environment.DARKROOM_TABLE),
      originals: s3ObjectStore(s3, environment.DARKROOM_ORIGINALS),
      variants: s3ObjectStore(s3, environment.DARKROOM_VARIANTS),
      queue: sqsTaskQueue(new SQSClient(clientOptions), environment.DARKROOM_QUEUE_URL),
      edge: cloudfrontEdge(clientOptions, environment.DARKROOM_DISTRIBUTION),
      clock: { now: Date.now },
      config,
      recipeOf: (preset, keepCopyright: boolean = config.keepCopyright) => recipeOf(preset, keepCopyright),
      log,
      lanes: sfnLaneEngine(clientOptions, environment.DARKROOM_LANES_ARN),
      dollarsOf: (estimate) =>
        reprocessingCost(estimate, Number(environment.DARKROOM_RENDER_MEMORY_MIB), environment.DARKROOM_COLD === 'yes'),
      turns: dynamodbTurns(dynamo, environment.DARKROOM_TABLE),
      notes: dynamodbNotes(dynamo, environment.DARKROOM_TABLE),
    },
    {
      pause: (ms) => pause(ms),
      pace: Number(environment.DARKROOM_PACE),
      tally: tallyFor(environment.DARKROOM_NAME).chore,
    },
  ),
);
