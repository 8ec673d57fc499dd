import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { environments } from '../lib/environment.ts';
import { deadLetterHandler } from '../lib/handlers/dead-letter.ts';
import { entry } from '../lib/handlers/entry.ts';
import { endDeadTask } from '../lib/work/dead-task.ts';
import { openTable } from './open-table.ts';

const environment = environments.deadLetter.parse(process.env);
const log = powertoolsLog('dead-letter', environment.DARKROOM_LOG);

const world = { ...openTable(environment.DARKROOM_TABLE), clock: { now: Date.now }, log };

export const handler = entry(
  log,
  deadLetterHandler(log, (task) => endDeadTask(world, task)),
);
