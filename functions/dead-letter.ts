import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { environments } from '../lib/environment.ts';
import { deadLetterHandler } from '../lib/handlers/dead-letter.ts';
import { entry } from '../lib/handlers/entry.ts';
import { openTable } from './open-table.ts';

const environment = environments.deadLetter.parse(process.env);
const log = powertoolsLog('dead-letter', environment.DARKROOM_LOG);

export const handler = entry(
  log,
  deadLetterHandler({
    ...openTable(environment.DARKROOM_TABLE),
    clock: { now: Date.now },
    log,
  }),
);
