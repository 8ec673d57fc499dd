import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { promptOptions } from '../lib/adapters/aws/client-options.ts';
import { eventbridgePublisher } from '../lib/adapters/aws/eventbridge-publisher.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { sqsParking } from '../lib/adapters/aws/sqs-parking.ts';
import { environments } from '../lib/environment.ts';
import { entry } from '../lib/handlers/entry.ts';
import { publishHandler } from '../lib/handlers/publish.ts';
import { tallyFor } from './tally.ts';

const environment = environments.publish.parse(process.env);
const log = powertoolsLog('publish', environment.DARKROOM_LOG);

export const handler = entry(
  log,
  publishHandler({
    publish: eventbridgePublisher(new EventBridgeClient(promptOptions), {
      bus: environment.DARKROOM_EVENT_BUS,
      deployment: environment.DARKROOM_NAME,
      tableArn: environment.DARKROOM_TABLE_ARN,
    }),
    park: sqsParking(new SQSClient(promptOptions), environment.DARKROOM_UNTOLD_URL),
    tallyRefused: tallyFor(environment.DARKROOM_NAME).refused,
    clock: { now: Date.now },
    log,
  }),
);
