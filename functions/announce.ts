import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { eventbridgeAnnouncer } from '../lib/adapters/aws/eventbridge-announcer.ts';
import { patience } from '../lib/adapters/aws/patience.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { sqsParking } from '../lib/adapters/aws/sqs-parking.ts';
import { environments } from '../lib/environment.ts';
import { announceHandler } from '../lib/handlers/announce.ts';
import { entry } from '../lib/handlers/entry.ts';
import { tallyFor } from './tally.ts';

const environment = environments.announce.parse(process.env);
const log = powertoolsLog('announce', environment.DARKROOM_LOG);

export const handler = entry(
  log,
  announceHandler({
    announce: eventbridgeAnnouncer(new EventBridgeClient(patience), {
      bus: environment.DARKROOM_EVENT_BUS,
      deployment: environment.DARKROOM_NAME,
      tableArn: environment.DARKROOM_TABLE_ARN,
    }),
    park: sqsParking(new SQSClient(patience), environment.DARKROOM_UNTOLD_URL),
    tallyRefused: tallyFor(environment.DARKROOM_NAME).refused,
    clock: { now: Date.now },
    log,
  }),
);
