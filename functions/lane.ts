import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../lib/adapters/aws/client-options.ts';
import { documentClient } from '../lib/adapters/aws/document-client.ts';
import { dynamodbTurns } from '../lib/adapters/aws/dynamodb-turns.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { s3ObjectStore } from '../lib/adapters/aws/s3-object-store.ts';
import { sqsTaskQueue } from '../lib/adapters/aws/sqs-task-queue.ts';
import { environments } from '../lib/environment.ts';
import { entry } from '../lib/handlers/entry.ts';
import { laneHandler } from '../lib/handlers/lane.ts';
import { recipeOf } from '../lib/render/recipe.ts';
import { config } from './config.ts';
import { openTable } from './open-table.ts';

const environment = environments.lane.parse(process.env);
const log = powertoolsLog('lane', environment.DARKROOM_LOG);

export const handler = entry(
  log,
  laneHandler(
    {
      ...openTable(environment.DARKROOM_TABLE),
      originals: s3ObjectStore(new S3Client(clientOptions), environment.DARKROOM_ORIGINALS),
      queue: sqsTaskQueue(new SQSClient(clientOptions), environment.DARKROOM_QUEUE_URL),
      clock: { now: Date.now },
      config,
      recipeOf: (preset) => recipeOf(preset, config.keepCopyright),
      turns: dynamodbTurns(documentClient(new DynamoDBClient(clientOptions)), environment.DARKROOM_TABLE),
    },
    { pause: (ms) => pause(ms), pace: Number(environment.DARKROOM_PACE) },
  ),
);
