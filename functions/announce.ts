import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { eventbridgeAnnouncer } from '../lib/adapters/aws/eventbridge-announcer.ts';
import { patience } from '../lib/adapters/aws/patience.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { environments } from '../lib/environment.ts';
import { announceHandler } from '../lib/handlers/announce.ts';
import { entry } from '../lib/handlers/entry.ts';

const environment = environments.announce.parse(process.env);
const log = powertoolsLog('announce', environment.DARKROOM_LOG);

export const handler = entry(
  log,
  announceHandler({
    announce: eventbridgeAnnouncer(new EventBridgeClient(patience), environment.DARKROOM_EVENT_BUS),
    log,
  }),
);
