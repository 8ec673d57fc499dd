import { Command } from 'commander';
import { sqliteCatalogue } from '../adapters/local/sqlite-catalogue.ts';
import { sqliteTaskQueue } from '../adapters/local/sqlite-task-queue.ts';
import { maxReceives } from '../core/image.ts';
import { openPresentHome } from '../local/home.ts';
import { refuseOtherPlace } from '../local/objects-place.ts';
import { readSettings } from '../local/settings.ts';
import { type Account, reconcile } from '../pipeline/reconcile.ts';
import { bucketOf } from './bucket.ts';
import { tellingTrouble } from './home-trouble.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { writeJson, writeTable } from './table.ts';
import { countInWords } from './words.ts';

/** Of one box only: docs/decisions.md#reconcile */
export const reconcileCommand = (shell: Shell): Command =>
  new Command('reconcile')
    .description('Compare the catalogue of DARKROOM_DATA with the stored files and the queue. The service may run.')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
Each difference gives a line with the id of the image, the key and what is wrong. Ends with 1 if there is any. Nothing is
changed: the audit of the service repairs what it can. "darkroom verify" compares what people are served, in both homes.
The settings are those of the service: DARKROOM_OBJECTS too, if it has a bucket.
In the AWS home the audit compares the table with the buckets, a part of them each quarter of an hour, and reports to CloudWatch.

Example:
  DARKROOM_DATA=/srv/darkroom darkroom reconcile`,
    )
    .action(async ({ json }: { json?: true }) => {
      const { data, objects } = readSettings(shell.variables);
      const bucket = await bucketOf(objects, shell);
      const { database, originals, variants } = await openPresentHome(data, bucket);
      const { differences, ...account } = await tellingTrouble({ folder: data, stores: [bucket?.place] }, async () => {
        await refuseOtherPlace(data, bucket?.place);
        const queue = sqliteTaskQueue(database, { clock: { now: shell.now }, maxReceives });
        return reconcile({ catalogue: sqliteCatalogue(database), originals, variants }, queue.tasks);
      }).finally(() => database.close());
      if (json) for (const { id, at, fault } of differences) writeJson(shell, { id, at, fault });
      else if (differences.length > 0)
        writeTable(
          shell,
          ['ID', 'KEY', 'FAULT'],
          differences.map(({ id, at, fault }) => [id, at, fault]),
        );
      if (json) writeJson(shell, { ...account, differences: differences.length });
      else shell.out.write(inWords(account));
      if (differences.length > 0)
        throw new CommandEnd('failed', `${countInWords(differences.length, 'difference')}; see above.`);
    });

const inWords = ({ images, versions, originals, variants, tasks, leftOver }: Omit<Account, 'differences'>): string => {
  const issued = Object.values(versions).reduce((sum, count) => sum + count, 0);
  const states = Object.entries(versions).filter(([, count]) => count > 0);
  return [
    `${countInWords(images, 'image')} with ${countInWords(issued, 'version')}: ${states.map(([status, count]) => `${count.toLocaleString('en')} ${status}`).join(', ') || 'none'}`,
    `${countInWords(originals, 'original')} and ${countInWords(variants, 'file')} of variants stored, of which ${leftOver.toLocaleString('en')} will be removed`,
    `${countInWords(tasks, 'task')} in the queue`,
    '',
  ].join('\n');
};
